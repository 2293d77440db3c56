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
# Tiles for training; a detector leaves those without trees out.
TILES, WITH_TREES = 123, 97
# Budgets of one task that differ in length.
SHORT, LONG = 'length=1', 'length=4'


def _task(host: str,
          setting: str,
          steps: int,
          seconds: float,
          images: int = 0) -> Task:
    """A classifier of digits, or a dense task on tiles of 192 px.

    The last two rows of eleven tiles choose rates.
    """
    return Task(host, LITE0, dict.fromkeys(WAYS, setting), steps, seconds,
                RATES, images, 22, None)


# By data set and setting.
TASKS = {
    ('digits_96', 'shots=4'): _task('classifier', 'shots=4', 4, 20.),
    ('digits_96', 'shots=8'): _task('classifier', 'shots=8', 4, 20.),
    ('digits_96', 'shots=16'): _task('classifier', 'shots=16', 4, 20.),
    ('digits_96', SHORT): _task('classifier', SHORT, 3, 60.),
    ('digits_96', LONG): _task('classifier', LONG, 12, 240.),
    ('trees_coco', SHORT): _task('fcos', SHORT, 15, 60., WITH_TREES),
    ('trees_ade20k', SHORT): _task('upernet', SHORT, 150, 50., TILES),
    ('trees_ade20k', LONG): _task('upernet', LONG, 600, 180., TILES)
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
