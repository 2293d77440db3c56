"""Pictures of results: the paper's Figures 1 and 3, and its ablations."""
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

from .cells import Outcome
from .panels import (GREY, STYLES, add_legend, by_dataset, draw_ours,
                     draw_paper, make_panels, save_figure)


def _millions(outcome: Outcome) -> Optional[float]:
    """Return our count of parameters, or the paper's where we have none."""
    if outcome.trained is None:
        return outcome.cell.paper_m
    return outcome.trained / 1e6


def _best(outcome: Outcome) -> Optional[float]:
    """Return our result, or the paper's where we have none."""
    return outcome.cell.paper if outcome.mean is None else outcome.mean


def _write_names(axes: Axes, ends: Sequence[Tuple[float, float, str]]) -> None:
    """Write names right of a panel, none on top of another."""
    low, high = axes.get_ylim()
    inches = axes.bbox.height / axes.figure.dpi
    least = 0.15 * (high - low) / inches
    height = float('inf')
    # Accuracies crowd at the top, so the lower of two names gives way.
    for x, y, name in sorted(ends, key=lambda end: -end[1]):
        height = min(y, height - least)
        axes.annotate(
            name, (x, y), (1.04, height),
            textcoords=axes.get_yaxis_transform(),
            fontsize=6.5,
            color=GREY,
            verticalalignment='center',
            arrowprops=dict(arrowstyle='-', color=GREY, linewidth=0.4),
            annotation_clip=False)


def _join_backbones(axes: Axes, outcomes: Sequence[Outcome]) -> None:
    """Draw a thin line through each backbone's points, or each host's."""
    groups: Dict[str, List[Tuple[float, float]]] = {}
    for outcome in outcomes:
        cell = outcome.cell
        # From scratch is as large as fine-tuning and far below: lines to it
        # would cross all others.
        if cell.method != 'scratch':
            name = cell.backbone if cell.host == 'classifier' else cell.host
            groups.setdefault(name, []).append(
                (_millions(outcome), _best(outcome)))
    ends = []
    for name, points in groups.items():
        points.sort()
        axes.plot(
            *zip(*points),
            color='#aaaaaa',
            linewidth=0.7,
            zorder=1,
            label=name)
        ends.append((*points[-1], name))
    _write_names(axes, ends)


def parameters_figure(outcomes: Sequence[Outcome]) -> Figure:
    """Make the picture of :func:`accuracy_against_parameters`."""
    known = [o for o in outcomes if None not in (_best(o), _millions(o))]
    groups = by_dataset(known)
    figure, panels = make_panels(groups, 'trained parameters (M)')
    for axes, group in zip(panels, groups.values()):
        for outcome in group:
            x = [_millions(outcome)]
            if outcome.cell.paper is not None:
                draw_paper(axes, x, [outcome], 'none')
            if outcome.values:
                draw_ours(axes, x, [outcome], 'none')
        axes.set_xscale('log')
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axes.xaxis.set_major_formatter(FormatStrFormatter('%g'))
        axes.xaxis.set_minor_formatter(NullFormatter())
        _join_backbones(axes, group)
    add_legend(figure, known, 'none')
    return figure


def _value(outcome: Outcome) -> str:
    return outcome.cell.setting.split('=')[1]


def shots_figure(outcomes: Sequence[Outcome]) -> Figure:
    """Make the picture of :func:`shot_curves`."""
    groups = by_dataset(outcomes)
    figure, panels = make_panels(groups, 'images a class')
    for axes, group in zip(panels, groups.values()):
        for method in STYLES:
            ours = [o for o in group if o.values and o.cell.method == method]
            if ours:
                draw_ours(axes, [int(_value(o)) for o in ours], ours, '-')
        axes.set_xscale('log', base=2)
        shots = sorted({int(_value(o)) for o in group})
        axes.set_xticks(shots, shots)
    add_legend(figure, outcomes, '-')
    return figure


def settings_figure(outcomes: Sequence[Outcome]) -> Figure:
    """Make the picture of :func:`setting_curve`."""
    groups = by_dataset(outcomes)
    name = outcomes[0].cell.setting.split('=')[0]
    figure, panels = make_panels(groups, name)
    for axes, group in zip(panels, groups.values()):
        draw_paper(axes, range(len(group)), group, '--')
        ours = {i: o for i, o in enumerate(group) if o.values}
        if ours:
            draw_ours(axes, list(ours), list(ours.values()), '-')
        axes.set_xticks(range(len(group)), map(_value, group))
        axes.margins(x=0.1, y=0.15)
    add_legend(figure, outcomes, '-')
    return figure


def accuracy_against_parameters(outcomes: Sequence[Outcome],
                                path: Path) -> Path:
    """Draw results against trained parameters, a panel a dataset.

    The paper's results stand at our count of parameters where there is one:
    its Tables 2 and 3 print only the maximum over their datasets.

    Source: https://arxiv.org/abs/2207.14381, Figure 1.

    Args:
        outcomes (Sequence[Outcome]): Of cells of Tables 2 to 8, one of them
            with a result, ours or the paper's.
        path (Path): A ``.png`` to write.

    Returns:
        Path: The picture: ours filled, the paper's hollow.
    """
    return save_figure(parameters_figure(outcomes), path)


def shot_curves(outcomes: Sequence[Outcome], path: Path) -> Path:
    """Draw results against images a class, a panel a dataset.

    Source: https://arxiv.org/abs/2207.14381, Figure 3.

    Args:
        outcomes (Sequence[Outcome]): Of cells of Figure 3.
        path (Path): A ``.png`` to write.

    Returns:
        Path: The picture: a line a method, as far as it has run.
    """
    return save_figure(shots_figure(outcomes), path)


def setting_curve(outcomes: Sequence[Outcome], path: Path) -> Path:
    """Draw results against what an ablation varies, a panel a dataset.

    Two datasets differ by far more than two settings, so that each has its
    own axis of accuracies.

    Args:
        outcomes (Sequence[Outcome]): Of cells of one of Tables 9 to 12.
        path (Path): A ``.png`` to write.

    Returns:
        Path: The picture: ours a solid line, the paper's a dashed one.
    """
    return save_figure(settings_figure(outcomes), path)


def draw(table: str, outcomes: Sequence[Outcome],
         path: Path) -> Optional[Path]:
    """Draw the picture that suits a table.

    Args:
        table (str): As :func:`paper_cells` knows it.
        outcomes (Sequence[Outcome]): Of cells of the table.
        path (Path): A ``.png`` to write.

    Returns:
        Path, optional: The picture; None where there is nothing to draw,
        neither of ours nor of the paper's.
    """
    plots = {
        'figure3': shot_curves,
        **dict.fromkeys(('9', '10', '11', '12'), setting_curve)
    }
    plot = plots.get(table, accuracy_against_parameters)
    # Settings and shots have a place of their own, the others need a count.
    place = _millions if plot is accuracy_against_parameters else _best
    if all(None in (_best(o), place(o)) for o in outcomes):
        return None
    return plot(outcomes, Path(path))
