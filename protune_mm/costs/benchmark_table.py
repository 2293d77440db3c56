"""What a benchmark found, as a table and as a file."""
import csv
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from protune_mm.atomic_backend import written
from .benchmark import BenchmarkRow
from .text_table import draw, megabytes

NOTES = """Step: forward and backward, median; × FT: the median of its ratio to
fine-tuning in the same round, ± its standard deviation. Kept: MB (10^6 bytes)
counted between forward and backward, beside weights and images; peak: the most
of them at once, gradients included; grows: by how many MB memory grew. RoIs
are as many as the samplers take. Forward: as in a test, in ms."""


def _ms(seconds: Optional[float]) -> str:
    return '-' if seconds is None else f'{1000 * seconds:,.1f}'


def benchmark_table(rows: Sequence[BenchmarkRow]) -> str:
    """Draw the rows of one part.

    Args:
        rows (Sequence[BenchmarkRow]): Its rows.

    Returns:
        str: A line a way of tuning.
    """
    folded = any(row.folded_s is not None for row in rows)
    headings = [
        rows[0].part, 'step ms', '× FT', 'images/s', 'kept', '× FT', 'peak',
        'grows', 'forward'
    ] + ['folded'] * folded
    text = draw(headings, [[
        row.tuning,
        _ms(row.step_s), f'{row.step_ratio:.2f} ± {row.step_spread:.2f}',
        f'{row.images_per_s:.1f}',
        megabytes(row.kept_bytes), f'{row.kept_ratio:.2f}',
        megabytes(row.peak_bytes),
        megabytes(row.grows_bytes),
        _ms(row.forward_s), *[_ms(row.folded_s)] * folded
    ] for row in rows])
    floor = rows[0].floor_bytes
    if floor is not None and rows[0].part == 'backbone':
        text += (
            '\nThe least for exact gradients, inputs of prompt blocks and '
            f'signs of ReLUs: {megabytes(floor)} MB.')
    return text


def write_csv(rows: List[BenchmarkRow], conditions: Dict[str, Any],
              path: Path) -> None:
    """Write all rows to a file.

    Args:
        rows (list[BenchmarkRow]): Of all parts.
        conditions (dict): What was the same for all, such as the batch.
        path (Path): A ``.csv`` to write.
    """
    names = [field.name for field in fields(BenchmarkRow)]
    with written(path) as part, part.open('w', newline='') as file:
        writer = csv.DictWriter(file, [*names, *conditions])
        writer.writeheader()
        writer.writerows({**asdict(row), **conditions} for row in rows)
