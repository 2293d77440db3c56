"""Methods side by side: what each trains and reaches; tables, a picture."""
import csv
from dataclasses import dataclass
from io import StringIO
from typing import Dict, List, Optional, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, SymmetricalLogLocator

from protune_mm.apis.experiment import read_result
from protune_mm.methods.build import known_methods
from protune_mm.tuning.report import ParameterRow
from protune_mm.visualization.markdown import aligned_table
from .campaign import Run
from .cells import METHOD_NAMES, Cell, Outcome
from .method_cells import PUBLISHED
from .panels import METRICS, add_legend, by_dataset, draw_ours, make_panels
from .results_table import MISSING

COLUMNS = ('host', 'backbone', 'method', 'setting', 'dataset', 'lr',
           'trained_backbone', 'trained', 'mean', 'spread', 'seeds', 'error')
# Parameters of the backbone up to which the axis is linear: head retraining
# has none.
LINEAR = 300


@dataclass(frozen=True)
class Row:
    """A method at a task.

    Args:
        outcome (Outcome): What its runs gave.
        lr (float, optional): Its learning rate; None if none was chosen.
        in_backbone (int, optional): Trained parameters of the backbone, those
            that the method adds among them; None if no run has ended.
    """
    outcome: Outcome
    lr: Optional[float]
    in_backbone: Optional[int]


def trained_in_backbone(parameters: Sequence[Sequence]) -> int:
    """Count what trains in a backbone.

    Args:
        parameters (Sequence[Sequence]): Those of a
            :class:`~protune_mm.evaluation.run_result.RunResult`.

    Returns:
        int: Parameters of the backbone and of what methods added to it.
    """
    inside = {'backbone', *(kind.part for kind in known_methods().values())}
    rows = map(ParameterRow._make, parameters)
    return sum(row.trained for row in rows if row.component in inside)


def method_rows(outcomes: Sequence[Outcome], runs: Sequence[Run],
                rates: Dict[Cell, float]) -> List[Row]:
    """Put together what the tables show.

    Args:
        outcomes (Sequence[Outcome]): One a cell.
        runs (Sequence[Run]): Their runs.
        rates (dict[Cell, float]): The learning rates that were chosen.

    Returns:
        list[Row]: In the order of ``outcomes``.
    """
    counts: Dict[Cell, int] = {}
    for run in runs:
        result = read_result(run.cfg)
        if result:
            counts[run.cell] = trained_in_backbone(result['parameters'])
    return [
        Row(outcome, rates.get(outcome.cell), counts.get(outcome.cell))
        for outcome in outcomes
    ]


def _count(number: Optional[int]) -> str:
    return MISSING if number is None else f'{number:,}'


def result_text(outcome: Outcome) -> str:
    """Return a mean and its spread as tables print them."""
    if outcome.mean is None:
        return MISSING
    spread = '' if outcome.spread is None else f' ± {outcome.spread:.1f}'
    return f'{outcome.mean:.1f}{spread}'


def method_name(cell: Cell) -> str:
    """Return how tables call a method with its setting."""
    setting = cell.setting.replace(',', ', ').replace('=', ' ')
    return ', '.join(filter(None, (METHOD_NAMES[cell.method], setting)))


def _task_table(rows: Sequence[Row]) -> str:
    cell = rows[0].outcome.cell
    numbers = [
        'in the backbone', 'in all', 'learning rate', METRICS[cell.host]
    ]
    lines = [[
        method_name(row.outcome.cell),
        _count(row.in_backbone),
        _count(row.outcome.trained),
        MISSING if row.lr is None else f'{row.lr:g}',
        result_text(row.outcome)
    ] for row in rows]
    return aligned_table(['tuning', *numbers], lines, numbers)


def rows_legend(rows: Sequence[Row]) -> str:
    """Tell what the numbers of a table are."""
    seeds = sorted({len(row.outcome.values) for row in rows} - {0})
    if not seeds:
        return 'Nothing has run yet.'
    number = ' to '.join(map(str, dict.fromkeys((seeds[0], seeds[-1]))))
    what = ('one seed'
            if seeds == [1] else f'{number} seeds, mean ± standard deviation')
    return (f'Trained parameters, and results of {what}; learning rates were '
            'chosen on images that are held out of the training set.')


def errors_of(rows: Sequence[Row]) -> str:
    """List what went wrong, a line a cell."""
    lines = []
    for row in rows:
        cell = row.outcome.cell
        if row.outcome.error:
            what = ', '.join(
                filter(None, (cell.dataset, cell.setting, cell.method)))
            lines.append(f'* {what}: {row.outcome.error}')
    return '\n'.join(lines)


def method_markdown(rows: Sequence[Row]) -> str:
    """Write a Markdown table a task, and what went wrong.

    Args:
        rows (Sequence[Row]): Of :func:`method_rows`.

    Returns:
        str: The tables with a line above each, and a line below.
    """
    tasks: Dict[tuple, List[Row]] = {}
    for row in rows:
        cell = row.outcome.cell
        tasks.setdefault((cell.host, cell.backbone, cell.dataset),
                         []).append(row)
    parts = []
    for task, members in tasks.items():
        parts += [f'{", ".join(task)}:', _task_table(members)]
    parts += [errors_of(rows), rows_legend(rows)]
    return '\n\n'.join(filter(None, parts))


def published_markdown(rows: Sequence[Row]) -> str:
    """Write what others publish beside ours.

    Args:
        rows (Sequence[Row]): Of the published cells.

    Returns:
        str: A Markdown table, and a line below it.
    """
    numbers = ['backbone (M)', 'box AP', 'mask AP', 'elsewhere', 'ours']
    lines = []
    for row in rows:
        cell = row.outcome.cell
        theirs = PUBLISHED[cell.method]
        lines.append([
            METHOD_NAMES[cell.method], f'{theirs.millions:.2f}',
            f'{theirs.box:.1f}', f'{theirs.mask:.1f}', theirs.other,
            result_text(row.outcome)
        ])
    errors = dict.fromkeys(r.outcome.error for r in rows if r.outcome.error)
    return '\n\n'.join(
        filter(None, [
            aligned_table(['tuning', *numbers], lines, numbers), '\n'.join(
                f'* {error}' for error in errors),
            'Cascade Mask R-CNN on COCO val2017, Swin-B of ImageNet-22k, 36 '
            'epochs, as published; "elsewhere" and "ours" are box AP.'
        ]))


def method_csv(rows: Sequence[Row]) -> str:
    """Write comma-separated values: a heading and a line a row.

    Args:
        rows (Sequence[Row]): Of :func:`method_rows`.

    Returns:
        str: Numbers that are not there are empty.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(COLUMNS)
    for row in rows:
        out = row.outcome
        cell = out.cell
        numbers = (None if x is None else round(x, 4)
                   for x in (out.mean, out.spread))
        writer.writerow([
            cell.host, cell.backbone, cell.method, cell.setting, cell.dataset,
            row.lr, row.in_backbone, out.trained, *numbers,
            len(out.values), out.error
        ])
    return text.getvalue().rstrip()


def _thousands(number: float, _: int) -> str:
    return f'{number / 1e3:g}k' if number >= 1e3 else f'{number:g}'


def methods_figure(rows: Sequence[Row]) -> Figure:
    """Draw results against trained parameters of the backbone.

    Args:
        rows (Sequence[Row]): With results; a panel a data set.

    Returns:
        Figure: The picture.
    """
    places = {row.outcome.cell: row.in_backbone for row in rows}
    groups = by_dataset([row.outcome for row in rows])
    figure, panels = make_panels(groups, 'trained parameters of the backbone')
    for axes, group in zip(panels, groups.values()):
        for outcome in group:
            draw_ours(axes, [places[outcome.cell]], [outcome], 'none')
        axes.set_xscale('symlog', linthresh=LINEAR)
        axes.set_xlim(left=-LINEAR / 3)
        axes.xaxis.set_major_locator(
            SymmetricalLogLocator(linthresh=LINEAR, base=10))
        axes.xaxis.set_major_formatter(FuncFormatter(_thousands))
        axes.set_title(group[0].cell.host, fontsize=9)
    add_legend(figure, [row.outcome for row in rows], 'none')
    return figure
