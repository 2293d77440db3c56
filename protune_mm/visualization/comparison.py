"""Results side by side: a table and a picture."""
from io import StringIO
from pathlib import Path
from statistics import mean, stdev
from typing import Dict, List, Sequence

from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from protune_mm.atomic_backend import written
from protune_mm.evaluation.percent import percent
from protune_mm.evaluation.run_result import RunResult, total_parameters


def _values(results: Sequence[RunResult], metric: str) -> List[float]:
    """Return a metric of each run, in percent as papers print it."""
    return [percent(result['metrics'], metric) for result in results]


def _spread(values: Sequence[float]) -> float:
    return stdev(values) if len(values) > 1 else 0.


def comparison_table(results: Dict[str, Sequence[RunResult]],
                     metrics: Dict[str, str]) -> str:
    """Draw a table: a row a paradigm, mean and spread over its seeds.

    Args:
        results (dict[str, Sequence[RunResult]]): Of each paradigm, one a
            seed.
        metrics (dict[str, str]): Heading of each metric's column by the
            metric's name.

    Returns:
        str: The table.
    """
    table = Table('tuning')
    headings = ('trained', 'trained %', *metrics.values(), 'minutes')
    for heading in headings:
        table.add_column(heading, justify='right')
    for name, runs in results.items():
        total = total_parameters(runs[0])
        cells = []
        for metric in metrics:
            values = _values(runs, metric)
            cells.append(f'{mean(values):.1f}' + (
                f' ± {_spread(values):.1f}' if len(values) > 1 else ''))
        table.add_row(name, f'{total.trained:,}', f'{total.percent:.1f}',
                      *cells, f"{mean(r['minutes'] for r in runs):.1f}")
    console = Console(file=StringIO(), width=79)
    console.print(table)
    return console.file.getvalue().rstrip()


def comparison_picture(results: Dict[str, Sequence[RunResult]],
                       metrics: Dict[str, str], path: Path) -> Path:
    """Draw bars: a group a metric, a bar a paradigm, whiskers the spread.

    Args:
        results (dict[str, Sequence[RunResult]]): As for
            :func:`comparison_table`.
        metrics (dict[str, str]): As for :func:`comparison_table`.
        path (Path): A ``.png`` to write.

    Returns:
        Path: The picture.
    """
    figure = Figure(figsize=(6, 3.2), layout='constrained')
    axes = figure.add_subplot()
    width = 0.8 / len(results)
    for i, (name, runs) in enumerate(results.items()):
        values = [_values(runs, metric) for metric in metrics]
        bars = axes.bar([j + i * width for j in range(len(metrics))],
                        [mean(v) for v in values],
                        width,
                        yerr=[_spread(v) for v in values],
                        capsize=3,
                        label=name)
        axes.bar_label(bars, fmt='%.1f', padding=3, fontsize=8)
    axes.set_xticks([j + 0.4 - width / 2 for j in range(len(metrics))],
                    metrics.values())
    axes.set_ylabel('%')
    axes.margins(y=0.15)
    axes.spines[['top', 'right']].set_visible(False)
    figure.legend(
        loc='outside upper center', ncols=len(results), frameon=False)
    with written(path) as part:
        figure.savefig(part, format='png', dpi=150)
    return path
