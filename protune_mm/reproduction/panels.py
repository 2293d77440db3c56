"""What the pictures of results share: panels, colours and a legend."""
from math import ceil
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from protune_mm.atomic_backend import written
from .cells import METHOD_NAMES, Outcome

# Colours of Okabe and Ito, and below of Tol's muted scheme, which the
# colour-blind can tell apart, and markers that do without colour.
STYLES = {
    'scratch': dict(color='#000000', marker='X'),
    'head': dict(color='#E69F00', marker='v'),
    'partial-1': dict(color='#56B4E9', marker='s'),
    'partial-2': dict(color='#0072B2', marker='D'),
    'finetune': dict(color='#009E73', marker='o'),
    'finetune-slow': dict(color='#66CC99', marker='.'),
    'protune': dict(color='#D55E00', marker='^'),
    'protune+finetune': dict(color='#CC79A7', marker='P'),
    'vpt-shallow': dict(color='#88CCEE', marker='<'),
    'vpt-deep': dict(color='#332288', marker='>'),
    'vpt-deep-adamw': dict(color='#117733', marker='8'),
    'spt-shallow': dict(color='#DDCC77', marker='p'),
    'spt-deep': dict(color='#882255', marker='h'),
    'spt-deep+protune': dict(color='#CC6677', marker='*'),
    'bitfit': dict(color='#661100', marker='1'),
    'norm-tuning': dict(color='#6699CC', marker='2'),
    'ssf': dict(color='#999933', marker='d'),
    'lora': dict(color='#AA4499', marker='H'),
    'adapter': dict(color='#44AA99', marker='3'),
    'adaptformer': dict(color='#888888', marker='4'),
    'mona': dict(color='#EE3377', marker='+'),
    'conv-adapter': dict(color='#4477AA', marker='x'),
}
GREY = '#777777'
# What a host is measured by.
METRICS = dict(
    classifier='accuracy (%)',
    cascade_mask_rcnn='box AP (%)',
    htc='box AP (%)',
    fcos='box AP (%)',
    fcn='mIoU (%)',
    upernet='mIoU (%)')
# Panels side by side, and their sizes in inches: one or two may be larger.
COLUMNS = 3
LARGE, SMALL = (5., 3.6), (3.6, 2.6)


def by_dataset(outcomes: Sequence[Outcome]) -> Dict[str, List[Outcome]]:
    """Group outcomes by dataset.

    Args:
        outcomes (Sequence[Outcome]): Of any cells.

    Returns:
        dict[str, list[Outcome]]: In the order of the outcomes.
    """
    groups: Dict[str, List[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.cell.dataset, []).append(outcome)
    return groups


def blank_panels(titles: Sequence[str], xlabel: str,
                 ylabels: Sequence[str]) -> Tuple[Figure, List[Axes]]:
    """Make a figure of empty panels.

    Args:
        titles (Sequence[str]): What is above each panel.
        xlabel (str): What is to the right in all of them.
        ylabels (Sequence[str]): What is upwards in each.

    Returns:
        tuple[Figure, list[Axes]]: The figure and its panels.
    """
    columns = min(len(titles), COLUMNS)
    rows = ceil(len(titles) / columns)
    width, height = SMALL if len(titles) > 2 else LARGE
    figure = Figure((columns * width, rows * height + 0.5),
                    layout='constrained')
    panels = []
    for i, (title, ylabel) in enumerate(zip(titles, ylabels)):
        axes = figure.add_subplot(rows, columns, i + 1)
        axes.set_title(title, fontsize=9)
        axes.set_ylabel(ylabel, fontsize=8)
        axes.set_xlabel(xlabel, fontsize=8)
        axes.tick_params(labelsize=7)
        axes.spines[['top', 'right']].set_visible(False)
        axes.grid(color='#eeeeee', linewidth=0.6)
        axes.set_axisbelow(True)
        panels.append(axes)
    return figure, panels


def make_panels(groups: Dict[str, List[Outcome]],
                xlabel: str) -> Tuple[Figure, List[Axes]]:
    """Make a figure of empty panels, one a dataset.

    Args:
        groups (dict[str, list[Outcome]]): Of :func:`by_dataset`.
        xlabel (str): What is to the right in all of them.

    Returns:
        tuple[Figure, list[Axes]]: The figure and its panels.
    """
    metrics = [METRICS[group[0].cell.host] for group in groups.values()]
    return blank_panels(list(groups), xlabel, metrics)


def add_legend(figure: Figure, outcomes: Sequence[Outcome],
               linestyle: str) -> None:
    """Explain the methods, and whose results are filled or hollow.

    Args:
        figure (Figure): Of :func:`make_panels`.
        outcomes (Sequence[Outcome]): What is drawn.
        linestyle (str): How the points of a method are joined.
    """
    there = {o.cell.method for o in outcomes}
    handles = [
        Line2D([], [],
               linestyle=linestyle,
               label=METHOD_NAMES[method],
               **style) for method, style in STYLES.items() if method in there
    ]
    # Where all is ours there is nothing to tell apart.
    if any(o.cell.paper is not None for o in outcomes):
        of_whom = dict(color=GREY, marker='o', linestyle='none')
        if any(o.values for o in outcomes):
            handles.append(Line2D([], [], label='ours', **of_whom))
        handles.append(
            Line2D([], [], label='paper', fillstyle='none', **of_whom))
    lines = ceil(len(handles) / (figure.get_figwidth() // 1.4))
    figure.legend(
        handles=handles,
        loc='outside upper center',
        ncols=ceil(len(handles) / lines),
        fontsize=8,
        frameon=False)


def draw_ours(axes: Axes, x: Sequence[float], outcomes: Sequence[Outcome],
              linestyle: str) -> None:
    """Draw our means, with whiskers of one standard deviation.

    Args:
        axes (Axes): Where to.
        x (Sequence[float]): A place for each outcome.
        outcomes (Sequence[Outcome]): Of one method, with values.
        linestyle (str): How to join them.
    """
    method = outcomes[0].cell.method
    axes.errorbar(
        x, [o.mean for o in outcomes], [o.spread or 0 for o in outcomes],
        markersize=5,
        capsize=2,
        elinewidth=0.8,
        linewidth=1.2,
        zorder=3,
        linestyle=linestyle,
        label=f'{method}, ours',
        **STYLES[method])


def draw_paper(axes: Axes, x: Sequence[float], outcomes: Sequence[Outcome],
               linestyle: str) -> None:
    """Draw the paper's results, hollow.

    Args:
        axes (Axes): Where to.
        x (Sequence[float]): A place for each outcome.
        outcomes (Sequence[Outcome]): Of one method, with the paper's result.
        linestyle (str): How to join them.
    """
    method = outcomes[0].cell.method
    axes.plot(
        x, [o.cell.paper for o in outcomes],
        fillstyle='none',
        linewidth=0.8,
        linestyle=linestyle,
        label=f'{method}, paper',
        **STYLES[method])


def save_figure(figure: Figure, path: Path) -> Path:
    """Write a figure whole or not at all.

    Args:
        figure (Figure): What is drawn.
        path (Path): A ``.png`` to write.

    Returns:
        Path: The picture.
    """
    with written(path) as part:
        figure.savefig(part, format='png', dpi=150)
    return path
