"""Parameters that train: every cell of the paper beside ours."""
import csv
import json
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO
from pathlib import Path
from typing import List, Optional, Sequence

import torch
from mmengine.registry import MODELS, DefaultScope
from torch import nn

from protune_mm.errors import UserError
from protune_mm.progress import progress_bar
from protune_mm.tuning import parameter_rows
from protune_mm.visualization.markdown import aligned_table
from .cells import Cell, read_rows
from .compose import compose

COLUMNS = ('table', 'host', 'backbone', 'method', 'setting', 'num_classes',
           'paper_m', 'count', 'agreement')
# Those of the Markdown table, and which of them are aligned to the right.
HEADINGS = ('table', 'host', 'backbone', 'tuning', 'classes', 'paper (M)',
            'ours (M)', 'count', 'agreement')
NUMBERS = ('table', 'classes', 'paper (M)', 'ours (M)', 'count')
# A data set of the paper with so many classes.
DATASETS = {
    '10': 'cifar10',
    '80': 'coco',
    '100': 'cifar100',
    '120': 'stanford_dogs',
    '150': 'ade20k',
    '200': 'imagenet_a'
}
# Millions: how far printed cells stray from the paper's own arithmetic.
ROUNDING = Decimal('0.011')


@dataclass(frozen=True)
class CountedCell:
    """A cell of the paper and what we count.

    Source: https://arxiv.org/abs/2207.14381, Tables 2 to 12.

    Args:
        table (str): Number of the paper's table.
        host (str): 'classifier', or the detector or segmentor as configs
            spell it.
        backbone (str): The backbone's name.
        method (str): The tuning paradigm.
        setting (str): What an ablation varies, such as 'kernel=3'.
        num_classes (str): Classes of the data.
        paper_m (str): Trained parameters in millions, as printed.
        slip (str): How the paper contradicts itself; empty where it does not.
            Default: ''.
        count (int, optional): Trained parameters of our model. Default: None,
            which means not counted yet.
    """
    table: str
    host: str
    backbone: str
    method: str
    setting: str
    num_classes: str
    paper_m: str
    slip: str = ''
    count: Optional[int] = None

    @property
    def tuning(self) -> str:
        """str: Paradigm and setting."""
        return f'{self.method} {self.setting}'.strip()

    @property
    def count_m(self) -> Decimal:
        """Decimal: Our count in millions, exact."""
        return Decimal(self.count).scaleb(-6)

    @property
    def ours_m(self) -> Decimal:
        """Decimal: Our count in millions, with the digits of the paper."""
        return self.count_m.quantize(Decimal(self.paper_m), ROUND_HALF_UP)

    @property
    def agreement(self) -> str:
        """str: 'equal', 'slip', 'rounding' or 'different'."""
        if self.ours_m == Decimal(self.paper_m):
            return 'equal'
        if self.slip:
            return 'slip'
        if abs(self.count_m - Decimal(self.paper_m)) <= ROUNDING:
            return 'rounding'
        return 'different'


def counted_cells(tables: Optional[Sequence[str]] = None) -> List[CountedCell]:
    """Read the paper's cells, in its order.

    Args:
        tables (Sequence[str], optional): Numbers of tables. Default: None,
            which means all there are.

    Returns:
        list[CountedCell]: Not counted yet.

    Raises:
        UserError: If a table is not there.
    """
    cells = [CountedCell(**row) for row in read_rows('paper_params.csv')]
    there = list(dict.fromkeys(cell.table for cell in cells))
    for table in tables or ():
        if table not in there:
            raise UserError(f'There is no table {table} here: choose from '
                            f'{", ".join(there)}.')
    return [cell for cell in cells if cell.table in (tables or there)]


def build_model(cell: CountedCell, configs: Path) -> nn.Module:
    """Build the model that a cell is about, if possible without weights.

    Args:
        cell (CountedCell): A row of the paper's table.
        configs (Path): Folder of the configs.

    Returns:
        nn.Module: The model, on the device 'meta' if that can be.

    Raises:
        UserError: If the folder has no config of it.
    """
    cfg = compose(
        Cell(cell.table, cell.host, cell.backbone, cell.method, cell.setting,
             DATASETS[cell.num_classes]), configs)
    # Numbers of parameters need no values, which is ten times as fast; but
    # some backbones of mmpretrain compute with tensors while they are built.
    computes = (
        cell.host == 'classifier' and cell.backbone.startswith(
            ('resnet', 'swin')))
    device = 'cpu' if computes else 'meta'
    with DefaultScope.overwrite_default_scope(cfg.default_scope), \
            torch.device(device):
        return MODELS.build(cfg.model)


def count_cells(cells: Sequence[CountedCell],
                configs: Path) -> List[CountedCell]:
    """Build the models of cells and count what trains.

    Progress goes to standard error, standard output stays empty.

    Args:
        cells (Sequence[CountedCell]): Of :func:`counted_cells`.
        configs (Path): Folder of the configs.

    Returns:
        list[CountedCell]: The same, counted.
    """
    counted = []
    for cell in progress_bar(cells, desc='building', unit='model'):
        with redirect_stdout(StringIO()):  # messages of the hosts
            trained = parameter_rows(build_model(cell, configs))[-1].trained
        counted.append(replace(cell, count=trained))
    return counted


def counts_markdown(cells: Sequence[CountedCell]) -> str:
    """Write counted cells as a Markdown table, slips of the paper as notes.

    Args:
        cells (Sequence[CountedCell]): Of :func:`count_cells`.

    Returns:
        str: The table, a row a cell.
    """
    rows = [(c.table, c.host, c.backbone, c.tuning, c.num_classes, c.paper_m,
             str(c.ours_m), f'{c.count:,}', c.agreement) for c in cells]
    table = aligned_table(HEADINGS, rows, NUMBERS)
    notes = [
        f'* Table {c.table}, {c.host}, {c.backbone}, {c.tuning}, '
        f'{c.num_classes} classes: {c.slip}' for c in cells
        if c.agreement == 'slip'
    ]
    return '\n'.join([table] + [''] * bool(notes) + notes)


def _records(cells: Sequence[CountedCell]) -> List[dict]:
    return [{name: getattr(c, name) for name in COLUMNS} for c in cells]


def counts_csv(cells: Sequence[CountedCell]) -> str:
    """Write counted cells as comma-separated values.

    Args:
        cells (Sequence[CountedCell]): Of :func:`count_cells`.

    Returns:
        str: A heading and a line a cell.
    """
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator='\n')
    writer.writeheader()
    writer.writerows(_records(cells))
    return text.getvalue().rstrip()


def counts_json(cells: Sequence[CountedCell]) -> str:
    """Write counted cells as JSON.

    Args:
        cells (Sequence[CountedCell]): Of :func:`count_cells`.

    Returns:
        str: A list of objects, numbers as numbers.
    """
    numbers = dict(table=int, num_classes=int, paper_m=float)
    return json.dumps([{
        key: numbers.get(key, lambda x: x)(value)
        for key, value in record.items()
    } for record in _records(cells)],
                      indent=2)
