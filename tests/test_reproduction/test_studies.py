"""What cells of comparisons train."""
import pytest

from protune_mm.reproduction import method_cells, paradigm_cells
from protune_mm.reproduction.cells import paper_cells
from protune_mm.reproduction.studies import task_of

METHOD, *_ = method_cells.embedded_method_cells()
LONG, = [
    cell for cell in paradigm_cells.paradigm_cells()
    if (cell.dataset, cell.setting, cell.method) == ('digits_96', 'length=4',
                                                     'head')
]


@pytest.mark.parametrize('cell, task', [
    (METHOD, method_cells.TASKS['digits']),
    (LONG, paradigm_cells.TASKS['digits_96', 'length=4']),
    (method_cells.published_method_cells()[0], None),
    (paper_cells('2')[0], None),
])
def test_task_of(cell, task):
    assert task_of(cell) is task
