"""Pro-tuning beside head retraining and fine-tuning: table and picture."""
from typing import Callable, Dict, List, Sequence

from matplotlib.figure import Figure

from protune_mm.visualization.markdown import aligned_table
from .cells import METHOD_NAMES
from .method_table import Row, errors_of, result_text, rows_legend
from .panels import METRICS, add_legend, blank_panels, draw_ours
from .paradigm_cells import LONG, SHORT, TASKS
from .results_table import MISSING

NAMES = {SHORT: 'short', LONG: '4 x longer'}
# Of the distance between two tasks, that of two ways of tuning.
APART = 0.12


def setting_name(setting: str) -> str:
    """Return how tables call what a task trains on, or for how long."""
    return NAMES.get(setting, setting.replace('shots=', 'shots: '))


def by_task(rows: Sequence[Row]) -> Dict[tuple, Dict[str, Row]]:
    """Group rows.

    Args:
        rows (Sequence[Row]): Of the cells of paradigms.

    Returns:
        dict[tuple, dict[str, Row]]: By way of tuning, by data set and setting,
        in the order of the comparison.
    """
    groups: Dict[tuple, Dict[str, Row]] = {key: {} for key in TASKS}
    for row in rows:
        cell = row.outcome.cell
        groups[cell.dataset, cell.setting][cell.method] = row
    return {key: group for key, group in groups.items() if group}


def _table(rows: Sequence[Row], text: Callable[[Row], str]) -> str:
    groups = by_task(rows)
    ways = dict.fromkeys(row.outcome.cell.method for row in rows)
    names = [METHOD_NAMES[way] for way in ways]
    lines = []
    for (_, setting), group in groups.items():
        host = next(iter(group.values())).outcome.cell.host
        lines.append([
            f'{host}, {setting_name(setting)}', METRICS[host],
            *(text(group[way]) if way in group else MISSING for way in ways)
        ])
    return aligned_table(['task', 'result', *names], lines, names)


def paradigm_markdown(rows: Sequence[Row]) -> str:
    """Write the results, the rates they were reached with, and errors.

    Args:
        rows (Sequence[Row]): Of the cells of paradigms.

    Returns:
        str: Two Markdown tables, and lines below them.
    """
    parts = [
        _table(rows, lambda row: result_text(row.outcome)), 'Learning rates:',
        _table(rows, lambda row: MISSING if row.lr is None else f'{row.lr:g}'),
        errors_of(rows),
        rows_legend(rows)
    ]
    return '\n\n'.join(filter(None, parts))


def paradigms_figure(rows: Sequence[Row]) -> Figure:
    """Draw the results, a panel a host.

    Args:
        rows (Sequence[Row]): With results.

    Returns:
        Figure: The picture.
    """
    hosts: Dict[str, List[Row]] = {}
    for row in rows:
        hosts.setdefault(row.outcome.cell.host, []).append(row)
    figure, panels = blank_panels(
        list(hosts), '', [METRICS[host] for host in hosts])
    ways = list(dict.fromkeys(row.outcome.cell.method for row in rows))
    for axes, members in zip(panels, hosts.values()):
        settings = [setting for _, setting in by_task(members)]
        for number, way in enumerate(ways):
            outcomes = [
                row.outcome for row in members
                if row.outcome.cell.method == way
            ]
            if outcomes:
                aside = APART * (number - (len(ways) - 1) / 2)
                places = [
                    settings.index(x.cell.setting) + aside for x in outcomes
                ]
                draw_ours(axes, places, outcomes, 'none')
        axes.set_xticks(
            range(len(settings)), [setting_name(x) for x in settings])
        axes.set_xlim(-.5, len(settings) - .5)
    add_legend(figure, [row.outcome for row in rows], 'none')
    return figure
