"""How fast methods with prompt tokens learn: their training losses."""
import json
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from protune_mm.visualization.markdown import aligned_table
from .campaign import Run
from .cells import METHOD_NAMES
from .panels import STYLES, blank_panels, save_figure
from .prompt_cells import PROMPT_METHODS

# Iterations of the running mean, and of the start of training.
WINDOW, START = 20, 10
HEADINGS = ('backbone', 'data', 'tuning', f'loss of the first {START}',
            'at the end', 'level', 'iterations to it')
LEGEND = (
    f'Training losses, mean over seeds; at the end, of the last {WINDOW} '
    'iterations. The level is the highest loss at the end among the '
    'methods of a backbone and data set; a method is there when its '
    f'mean of {WINDOW} iterations is.')


class Curve(NamedTuple):
    """Training loss against iterations, of one method.

    Args:
        steps (np.ndarray): Iterations, of shape ``(N, )``.
        losses (np.ndarray): Loss of each seed, of shape ``(S, N)``.
    """
    steps: np.ndarray
    losses: np.ndarray

    @property
    def smooth(self) -> np.ndarray:
        """np.ndarray: Running means of the seeds, ``(S, N)``."""
        first = self.steps.searchsorted(self.steps - WINDOW, side='right')
        last = np.arange(1, len(self.steps) + 1)
        sums = np.pad(self.losses.cumsum(axis=1), ((0, 0), (1, 0)))
        return (sums[:, last] - sums[:, first]) / (last - first)

    @property
    def start(self) -> float:
        """float: Mean of the first iterations, at least of one entry."""
        is_start = self.steps <= max(START, self.steps[0])
        return float(self.losses[:, is_start].mean())

    @property
    def end(self) -> float:
        """float: Mean of the last iterations."""
        return float(self.smooth.mean(axis=0)[-1])

    def reaches(self, level: float) -> int:
        """Return the first iteration with a mean of at most a level."""
        return int(self.steps[(self.smooth.mean(axis=0) <= level).argmax()])


def _entry(line: str) -> Optional[dict]:
    """Read a line of a log; None of one that a kill has cut."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def read_losses(folder: Path) -> Dict[int, float]:
    """Read the training losses of a run.

    Args:
        folder (Path): Its work directory, with a log of mmengine for each
            time it was started.

    Returns:
        dict[int, float]: Losses by iteration. What a later start repeated
        replaces what it went back over.
    """
    losses: Dict[int, float] = {}
    for path in sorted(Path(folder).glob('*/vis_data/scalars.json')):
        entries = filter(None, map(_entry, path.read_text().splitlines()))
        log = {x['step']: x['loss'] for x in entries if 'loss' in x}
        start = min(log, default=float('inf'))
        losses = {**{k: v for k, v in losses.items() if k < start}, **log}
    return losses


def loss_curves(runs: Sequence[Run]) -> Dict[tuple, Dict[str, Curve]]:
    """Read the curves of finished runs with prompt tokens.

    Args:
        runs (Sequence[Run]): Of any cells.

    Returns:
        dict[tuple, dict[str, Curve]]: Curves by method, by backbone and data.
    """
    found: Dict[tuple, Dict[str, List[Dict[int, float]]]] = {}
    for run in runs:
        cell = run.cell
        if cell.method in PROMPT_METHODS and run.state == 'done':
            losses = read_losses(run.cfg.work_dir)
            if losses:
                found.setdefault((cell.backbone, cell.dataset),
                                 {}).setdefault(cell.method, []).append(losses)
    curves: Dict[tuple, Dict[str, Curve]] = {}
    for place, methods in found.items():
        curves[place] = {}
        for method in filter(methods.get, PROMPT_METHODS):
            seeds = methods[method]
            steps = sorted(set.intersection(*map(set, seeds)))
            losses = [[losses[step] for step in steps] for losses in seeds]
            curves[place][method] = Curve(np.array(steps), np.array(losses))
    return curves


def loss_table(curves: Dict[tuple, Dict[str, Curve]]) -> str:
    """Write how fast the methods learn, as a Markdown table and a legend.

    Args:
        curves (dict[tuple, dict[str, Curve]]): Of :func:`loss_curves`.

    Returns:
        str: A row a method.
    """
    rows = []
    for place, methods in curves.items():
        level = max(curve.end for curve in methods.values())
        rows += [(*place, method, f'{curve.start:.3f}', f'{curve.end:.3f}',
                  f'{level:.3f}', str(curve.reaches(level)))
                 for method, curve in methods.items()]
    return f'{aligned_table(HEADINGS, rows, HEADINGS[3:])}\n\n{LEGEND}'


def _draw(axes: Axes, methods: Dict[str, Curve]) -> None:
    """Draw running means, with bands of one standard deviation."""
    for method, curve in methods.items():
        color = STYLES[method]['color']
        mean = curve.smooth.mean(axis=0)
        axes.plot(curve.steps, mean, color=color, linewidth=1.2, label=method)
        if len(curve.losses) > 1:
            spread = curve.smooth.std(axis=0, ddof=1)
            axes.fill_between(
                curve.steps,
                mean - spread,
                mean + spread,
                color=color,
                alpha=0.2,
                linewidth=0)


def losses_figure(curves: Dict[tuple, Dict[str, Curve]]) -> Figure:
    """Make the picture of :func:`draw_losses`."""
    titles = [', '.join(place) for place in curves]
    figure, panels = blank_panels(titles, 'iteration',
                                  ['training loss'] * len(titles))
    lines = {}
    for axes, methods in zip(panels, curves.values()):
        _draw(axes, methods)
        lines.update({x.get_label(): x for x in axes.get_lines()})
    there = [method for method in STYLES if method in lines]
    figure.legend([lines[method] for method in there],
                  [METHOD_NAMES[method] for method in there],
                  loc='outside upper center',
                  ncols=3,
                  fontsize=8,
                  frameon=False)
    return figure


def draw_losses(curves: Dict[tuple, Dict[str, Curve]],
                path: Path) -> Optional[Path]:
    """Draw training loss against iterations, a panel a backbone and data set.

    Args:
        curves (dict[tuple, dict[str, Curve]]): Of :func:`loss_curves`.
        path (Path): A ``.png`` to write.

    Returns:
        Path, optional: The picture: a line a method. None without curves.
    """
    if not curves:
        return None
    return save_figure(losses_figure(curves), path)
