"""Metrics in the unit in which papers print them."""
from typing import Mapping


def percent(metrics: Mapping[str, float], name: str) -> float:
    """Return a metric of an evaluation in percent.

    Args:
        metrics (Mapping[str, float]): Metrics by name, as evaluators of the
            hosts give them.
        name (str): Which, such as ``'coco/bbox_mAP'``.

    Returns:
        float: Its value, 0 to 100; 0 if there is none, as mmdet evaluates
        nothing where a detector finds nothing.
    """
    # mmdet's COCO metric gives fractions, the other hosts give percentages.
    return (100 if name.startswith('coco/') else 1) * metrics.get(name, 0.)
