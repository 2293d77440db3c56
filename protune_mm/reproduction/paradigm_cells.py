"""Pro-tuning beside what the paper sets it against, on real weights.

Head retraining, partial and full fine-tuning and Pro-tuning of one backbone
with weights of ImageNet: all have the recipe of :mod:`one_recipe`.
"""
from typing import List

from .cells import Cell
from .one_recipe import Task

PARADIGMS = 'paradigms'
LITE0 = 'efficientnet_lite0'
WAYS = ('head', 'partial-1', 'protune', 'finetune', 'finetune-slow')
# The methods' grid without its highest, to spare runs.
RATES = (5e-4, 2e-3, 1e-2, 4e-2)
# Budgets of one task that differ in length.
SHORT, LONG = 'length=1', 'length=4'


def _task(host: str, setting: str, steps: int, seconds: float) -> Task:
    """A classifier of digits, or a dense task on tiles of 192 px.

    The last two of twelve rows of tiles choose rates.
    """
    return Task(host, LITE0, dict.fromkeys(WAYS, setting), steps, seconds,
                RATES, 132, 22, None)


# By data set and setting.
TASKS = {
    ('digits', 'shots=4'): _task('classifier', 'shots=4', 4, 20.),
    ('digits', 'shots=8'): _task('classifier', 'shots=8', 4, 20.),
    ('digits', 'shots=16'): _task('classifier', 'shots=16', 4, 20.),
    ('digits', SHORT): _task('classifier', SHORT, 3, 45.),
    ('digits', LONG): _task('classifier', LONG, 12, 180.),
    ('trees_coco', SHORT): _task('fcos', SHORT, 15, 120.),
    ('trees_ade20k', SHORT): _task('upernet', SHORT, 150, 60.),
    ('trees_ade20k', LONG): _task('upernet', LONG, 600, 240.)
}


def paradigm_cells() -> List[Cell]:
    """Make the cells of the comparison.

    Returns:
        list[Cell]: By task and way of tuning.
    """
    return [
        Cell(PARADIGMS, task.host, LITE0, way, setting, dataset)
        for (dataset, setting), task in TASKS.items() for way in WAYS
    ]
