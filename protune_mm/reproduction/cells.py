"""The cells of the paper's tables: what is compared, and what it found."""
import csv
from collections import defaultdict
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO
from statistics import mean, stdev
from typing import Dict, List, Optional, Sequence, Tuple

from protune_mm.errors import UserError

# The ways of tuning, as text and pictures call them.
METHOD_NAMES = {
    'scratch': 'from scratch',
    'head': 'head retraining',
    'partial-1': 'partial-1',
    'partial-2': 'partial-2',
    'finetune': 'fine-tuning',
    'finetune-slow': 'fine-tuning, backbone at 0.1 x the rate',
    'protune': 'Pro-tuning',
    'protune+finetune': 'Pro-tuning + fine-tuning',
    'vpt-shallow': 'VPT-shallow',
    'vpt-deep': 'VPT-deep',
    'vpt-deep-adamw': 'VPT-deep, trained as SPT-deep',
    'spt-shallow': 'SPT-shallow',
    'spt-deep': 'SPT-deep',
    'spt-deep+protune': 'SPT-deep + Pro-tuning',
    'bitfit': 'BitFit',
    'norm-tuning': 'norm tuning',
    'ssf': 'SSF',
    'lora': 'LoRA',
    'adapter': 'Adapter',
    'adaptformer': 'AdaptFormer',
    'mona': 'Mona',
    'conv-adapter': 'Conv-Adapter',
}
# Figure 1 shows a part of two tables.
FIGURE1_TABLES = ('2', '3')
FIGURE1_DATASETS = ('cifar100', 'cifar100_lt100')
# What a count of parameters depends on, beside the number of classes.
OF_A_COUNT = ('table', 'host', 'backbone', 'method', 'setting')
# Classes of the data sets of the one table that prints a count for each.
CLASSES = {'cifar10_c': '10', 'cifar100_c': '100'}


@dataclass(frozen=True)
class Cell:
    """A result of the paper, or a point of its Figure 3.

    Source: https://arxiv.org/abs/2207.14381, Tables 2 to 12 and Figure 3.

    Args:
        table (str): ``'2'`` to ``'12'``, ``'figure3'``, or what other papers
            report: ``'fgvc'``, ``'vtab'``, ``'methods'`` or
            ``'paradigms'``.
        host (str): ``'classifier'``, or the detector or segmentor as configs
            spell it.
        backbone (str): Such as ``'resnet50'``.
        method (str): The way of tuning, such as ``'protune'``.
        setting (str): What an ablation varies, such as ``'kernel=3'``,
            ``'beta=learned'``, ``'position=U5'`` or ``'shots=4'``; empty
            elsewhere.
        dataset (str): Such as ``'cifar100_lt100'``.
        paper (float, optional): The result as printed, in percent. None where
            the paper prints no number. Default: None.
        paper_m (float, optional): Trained parameters in millions, as printed;
            Tables 2 and 3 print the maximum over their datasets. None where
            the paper prints no number. Default: None.
    """
    table: str
    host: str
    backbone: str
    method: str
    setting: str
    dataset: str
    paper: Optional[float] = None
    paper_m: Optional[float] = None


@dataclass(frozen=True)
class Outcome:
    """What our runs of a cell gave.

    Args:
        cell (Cell): What was run.
        trained (int, optional): Parameters that trained. None if no run has
            ended.
        values (tuple[float]): The results in percent, one a finished seed.
        error (str): Why runs are missing; empty if none is.
    """
    cell: Cell
    trained: Optional[int] = None
    values: Tuple[float, ...] = ()
    error: str = ''

    @property
    def mean(self) -> Optional[float]:
        """float, optional: Mean of the seeds; None if no run has ended."""
        return mean(self.values) if self.values else None

    @property
    def spread(self) -> Optional[float]:
        """float, optional: Sample standard deviation; None of one seed."""
        return stdev(self.values) if len(self.values) > 1 else None


def read_rows(name: str) -> List[Dict[str, str]]:
    """Read what the paper prints.

    Args:
        name (str): ``'paper_results.csv'`` or ``'paper_params.csv'``.

    Returns:
        list[dict[str, str]]: Its rows.
    """
    text = files(__package__).joinpath(name).read_text('utf-8')
    return list(csv.DictReader(StringIO(text)))


def _printed_counts() -> Dict[Tuple[str, ...], Dict[str, str]]:
    """Read the trained parameters of a way of tuning, by the classes."""
    counts = defaultdict(dict)
    for row in read_rows('paper_params.csv'):
        key = tuple(row[name] for name in OF_A_COUNT)
        counts[key][row['num_classes']] = row['paper_m']
    return counts


def _number(text: str) -> Optional[float]:
    return float(text) if text else None


def _read_cells() -> List[Cell]:
    counts = _printed_counts()
    cells = []
    for row in read_rows('paper_results.csv'):
        of_classes = counts.get(tuple(row[name] for name in OF_A_COUNT), {})
        count = next(iter(of_classes.values()), '')
        if len(of_classes) > 1:  # Table 4 prints those of both data sets
            count = of_classes[CLASSES[row['dataset']]]
        # Where the paper contradicts itself the file of results has a number.
        count = row['paper_m'] or count
        cells.append(
            Cell(**{
                **row, 'paper': _number(row['paper']),
                'paper_m': _number(count)
            }))
    return cells


def paper_cells(table: str) -> List[Cell]:
    """Read a table of the paper, in the paper's order.

    Args:
        table (str): ``'2'`` to ``'12'``, ``'figure3'``, or ``'figure1'``:
            the cells of Tables 2 and 3 that Figure 1 shows.

    Returns:
        list[Cell]: Its cells.

    Raises:
        UserError: If it is not there.
    """
    cells = _read_cells()
    if table == 'figure1':
        return [
            c for c in cells
            if c.table in FIGURE1_TABLES and c.dataset in FIGURE1_DATASETS
        ]
    there = ['figure1', *dict.fromkeys(c.table for c in cells)]
    if table not in there:
        raise UserError(f'There is no table {table} here: choose from '
                        f'{", ".join(there)}.')
    return [c for c in cells if c.table == table]


def select(cells: Sequence[Cell],
           **wanted: Optional[Sequence[str]]) -> List[Cell]:
    """Keep a part of cells.

    Args:
        cells (Sequence[Cell]): Of one table.
        **wanted (Sequence[str], optional): What to keep by the name of a
            field, such as ``backbone=['resnet50']``; None keeps all.

    Returns:
        list[Cell]: What is asked for, in the order of ``cells``.

    Raises:
        UserError: If a name is not there.
    """
    kept = list(cells)
    for field, names in wanted.items():
        there = list(dict.fromkeys(getattr(c, field) for c in cells))
        for name in names or ():
            if name not in there:
                raise UserError(f'There is no {field} {name} in this table: '
                                f'choose from {", ".join(there)}.')
        kept = [c for c in kept if getattr(c, field) in (names or there)]
    return kept
