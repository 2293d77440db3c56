"""The table of what trains and what is frozen."""
from io import StringIO
from typing import Iterable, List, NamedTuple, Sequence

from rich.console import Console
from rich.table import Table
from torch import nn


class ParameterRow(NamedTuple):
    """Parameters of one component of a model.

    Args:
        component (str): Its name.
        trained (int): Parameters that train.
        frozen (int): Parameters that do not.
    """
    component: str
    trained: int
    frozen: int

    @property
    def total(self) -> int:
        """int: All parameters of the component."""
        return self.trained + self.frozen

    @property
    def percent(self) -> float:
        """float: The trained share in percent."""
        return 100 * self.trained / self.total if self.total else 0.


def _row(name: str, parameters: List[nn.Parameter]) -> ParameterRow:
    trained = sum(p.numel() for p in parameters if p.requires_grad)
    return ParameterRow(name, trained,
                        sum(p.numel() for p in parameters) - trained)


def parameter_rows(model: nn.Module) -> List[ParameterRow]:
    """Count what trains and what is frozen, component by component.

    What tuning methods added to a backbone gets rows of its own.

    Args:
        model (nn.Module): A detector, segmentor or classifier.

    Returns:
        list[ParameterRow]: A row a component, the sum as the last one.
    """
    rows = []
    for name, child in model.named_children():
        parameters = list(child.parameters())
        parts = getattr(child, 'new_parts', tuple)()
        added = {
            part: list(child.get_submodule(part).parameters())
            for part in parts
        }
        new = {id(p) for of_part in added.values() for p in of_part}
        rows.append(_row(name, [p for p in parameters if id(p) not in new]))
        rows += [_row(part, of_part) for part, of_part in added.items()]
    rows.append(_row('total', list(model.parameters())))
    return [row for row in rows if row.total]


def parameter_table(rows: Iterable[Sequence]) -> str:
    """Draw :func:`parameter_rows` as text.

    Args:
        rows (Iterable[Sequence]): Component, trained and frozen parameters of
            each row, the sum as the last one.

    Returns:
        str: A table, a line a component.
    """
    table = Table('component')
    for heading in ('trained', 'frozen', 'total', 'trained %'):
        table.add_column(heading, justify='right')
    for row in map(ParameterRow._make, rows):
        if row.component == 'total':
            table.add_section()
        table.add_row(row.component, f'{row.trained:,}', f'{row.frozen:,}',
                      f'{row.total:,}', f'{row.percent:.1f}')
    console = Console(file=StringIO(), width=79)
    console.print(table)
    return console.file.getvalue().rstrip()
