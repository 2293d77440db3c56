"""The picture of what ways of tuning cost."""
from pathlib import Path
from typing import Dict, Optional, Sequence

from matplotlib.figure import Figure

from protune_mm.atomic_backend import written

# By part of the model and way of tuning.
Bars = Dict[str, Dict[str, float]]


def cost_picture(panels: Dict[str, Bars],
                 path: Path,
                 floors: Optional[Dict[str, float]] = None) -> Path:
    """Draw bars: a panel a quantity, a group a part, a bar a way of tuning.

    Args:
        panels (dict[str, Bars]): Values by the label of their axis.
        path (Path): A ``.png`` to write.
        floors (dict[str, float], optional): A line to draw in the first group
            of a panel, by the panel's label. Default: None.

    Returns:
        Path: The picture.
    """
    figure = Figure(figsize=(4 * len(panels), 3.2), layout='constrained')
    for axes, (label, parts) in zip(
            figure.subplots(1, len(panels), squeeze=False)[0], panels.items()):
        _draw_panel(axes, parts)
        axes.set_ylabel(label)
        if label in (floors or {}):
            axes.hlines(
                floors[label], -.1, .75, color='black', linestyle=':', lw=1)
    handles, names = axes.get_legend_handles_labels()
    figure.legend(
        handles,
        names,
        loc='outside upper center',
        ncols=3,
        fontsize=8,
        frameon=False)
    with written(path) as part:
        figure.savefig(part, format='png', dpi=150)
    return path


def _draw_panel(axes, parts: Bars) -> None:
    names: Sequence[str] = list(next(iter(parts.values())))
    width = 0.8 / len(names)
    for i, name in enumerate(names):
        bars = axes.bar([j + i * width for j in range(len(parts))],
                        [values[name] for values in parts.values()],
                        width,
                        label=name)
        axes.bar_label(bars, fmt='%.2f', padding=2, fontsize=6)
    axes.set_xticks([j + 0.4 - width / 2 for j in range(len(parts))],
                    list(parts))
    axes.margins(y=0.12)
    axes.spines[['top', 'right']].set_visible(False)
