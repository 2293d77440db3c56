"""The comparisons that train all cells alike, each at its own best rate."""
from typing import Optional

from . import method_cells, paradigm_cells
from .cells import Cell
from .method_cells import METHODS
from .one_recipe import Task
from .paradigm_cells import PARADIGMS

# What the tool calls them.
STUDIES = (METHODS, PARADIGMS)


def task_of(cell: Cell) -> Optional[Task]:
    """Return what a cell of a comparison trains.

    Args:
        cell (Cell): Any cell.

    Returns:
        Task, optional: None if it is none that needs no download.
    """
    if cell.table == METHODS:
        return method_cells.TASKS.get(cell.dataset)
    if cell.table == PARADIGMS:
        # Cells of trials name their rates, too.
        setting = cell.setting.partition('lr=')[0].strip()
        return paradigm_cells.TASKS[cell.dataset, setting]
    return None
