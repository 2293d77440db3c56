"""Results beside the paper's, as Markdown and as comma-separated values."""
import csv
from io import StringIO
from statistics import mean
from typing import Dict, List, Optional, Sequence

from protune_mm.visualization.markdown import aligned_table
from .cells import Cell, Outcome
from .prompt_cells import GROUPS, PUBLISHED

COLUMNS = ('table', 'host', 'backbone', 'method', 'setting', 'dataset',
           'paper', 'trained', 'mean', 'spread', 'seeds', 'error')
# What stands for a number that no run has given.
MISSING = '–'


def _row_key(cell: Cell) -> tuple:
    return cell.host, cell.backbone, cell.method, cell.setting


def _numbers(ours: Optional[float], spread: Optional[float],
             paper: Optional[float]) -> str:
    """Such as ``'61.0 ± 0.4 (61.2)'``."""
    text = MISSING if ours is None else f'{ours:.1f}'
    if spread is not None:
        text += f' ± {spread:.1f}'
    if paper is not None:
        text += f' ({paper:.1f})'
    return text


def _result(outcome: Outcome) -> str:
    return _numbers(outcome.mean, outcome.spread, outcome.cell.paper)


def _groups(datasets: Sequence[str]) -> List[str]:
    """Name the groups of data sets that are there as a whole."""
    return [name for name in GROUPS if set(GROUPS[name]) <= set(datasets)]


def _group_mean(name: str, backbone: str, method: str,
                row: Dict[str, Outcome]) -> str:
    """Write the mean of a group, which needs all its data sets."""
    means = [row[x].mean if x in row else None for x in GROUPS[name]]
    return _numbers(None if None in means else mean(means), None,
                    PUBLISHED.get((name, backbone, method)))


def _trained(outcomes: Sequence[Outcome]) -> str:
    counts = [o.trained for o in outcomes if o.trained is not None]
    if not counts:
        return MISSING
    # As the paper prints them; slim networks need more digits.
    millions = max(counts) / 1e6
    return f'{millions:.2f}' if millions >= 0.1 else f'{millions:.4f}'


def _table(outcomes: Sequence[Outcome]) -> str:
    # The name of the host is worth a column only in dense prediction.
    dense = any(o.cell.host != 'classifier' for o in outcomes)
    datasets = list(dict.fromkeys(o.cell.dataset for o in outcomes))
    groups: Dict[tuple, Dict[str, Outcome]] = {}
    for outcome in outcomes:
        row = groups.setdefault(_row_key(outcome.cell), {})
        row[outcome.cell.dataset] = outcome
    means = _groups(datasets)
    rows = []
    for (host, backbone, method, setting), row in groups.items():
        rows.append([host] * dense + [
            backbone, ', '.join(filter(None, (method, setting))),
            _trained(row.values())
        ] + [_result(row[name]) if name in row else '' for name in datasets] +
                    [_group_mean(x, backbone, method, row) for x in means])
    headings = ['host'] * dense + ['backbone', 'tuning', 'trained (M)']
    numbers = [*datasets, *means]
    return aligned_table(headings + numbers, rows, ['trained (M)', *numbers])


def _errors(outcomes: Sequence[Outcome]) -> List[str]:
    """Write a line an error: it may have met many cells."""
    cells: Dict[str, List[Cell]] = {}
    for outcome in outcomes:
        if outcome.error:
            cells.setdefault(outcome.error, []).append(outcome.cell)
    lines = []
    for error, (first, *others) in cells.items():
        host = '' if first.host == 'classifier' else first.host
        names = (host, first.backbone, first.method, first.setting,
                 first.dataset)
        more = f' and {len(others)} more' if others else ''
        lines.append(f'* {", ".join(filter(None, names))}{more}: {error}')
    return lines


def _has_paper(cells: Sequence[Cell]) -> bool:
    """Tell if a table of cells holds numbers of a paper."""
    means = _groups([cell.dataset for cell in cells])
    published = [
        cell for cell in cells for name in means
        if (name, cell.backbone, cell.method) in PUBLISHED
    ]
    return bool(published) or any(c.paper is not None for c in cells)


def _legend(outcomes: Sequence[Outcome]) -> str:
    seeds = sorted({len(o.values) for o in outcomes if o.values})
    if not seeds:
        ours = 'nothing has run yet'
    elif seeds[-1] == 1:
        ours = 'ours, of one seed'
    else:
        number = ' to '.join(map(str, dict.fromkeys((seeds[0], seeds[-1]))))
        ours = f'ours, mean ± standard deviation of {number} seeds'
    if _has_paper([o.cell for o in outcomes]):
        ours += " (the paper's)"
    return f'In percent: {ours}.'


def to_markdown(outcomes: Sequence[Outcome]) -> str:
    """Write a Markdown table: a row a way of tuning, a column a dataset.

    Below it stand the errors, and a line that says what the numbers are.

    Args:
        outcomes (Sequence[Outcome]): Of cells of one table.

    Returns:
        str: The table and the lines below it.
    """
    parts = [_table(outcomes), '\n'.join(_errors(outcomes)), _legend(outcomes)]
    return '\n\n'.join(filter(None, parts))


def _rounded(number: Optional[float]) -> Optional[float]:
    # Digits enough for any use, without the noise of binary fractions.
    return None if number is None else round(number, 4)


def to_csv(outcomes: Sequence[Outcome]) -> str:
    """Write comma-separated values: a heading and a line a cell.

    Args:
        outcomes (Sequence[Outcome]): Of any cells.

    Returns:
        str: Numbers that are not there are empty.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(COLUMNS)
    for outcome in outcomes:
        cell = outcome.cell
        writer.writerow([
            cell.table, *_row_key(cell), cell.dataset, cell.paper,
            outcome.trained,
            _rounded(outcome.mean),
            _rounded(outcome.spread),
            len(outcome.values), outcome.error
        ])
    return text.getvalue().rstrip()
