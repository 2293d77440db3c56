"""The cells of Visual Prompt Tuning and Self-Prompt Tuning, and their means.

Their papers print a mean a group of data sets; the cells are made here.
"""
from typing import List, Tuple

from protune_mm.datasets.published.vtab1k import TASKS
from .cells import Cell

# Visual Prompt Tuning chooses its rates for each data set, Self-Prompt Tuning
# publishes them.
VPT = ('vpt-shallow', 'vpt-deep')
SPT = ('vpt-deep-adamw', 'spt-shallow', 'spt-deep', 'spt-deep+protune')
PROMPT_METHODS = (*VPT, *SPT)
VITS = ('vit_base_mae', 'vit_base_mocov3', 'vit_base_in21k')
METHODS = dict.fromkeys(VITS, ('finetune', 'head', 'protune', *PROMPT_METHODS))
METHODS['swin_base'] = ('finetune', 'head', *VPT)
FGVC = ('cub', 'nabirds', 'flowers102_fgvc', 'stanford_dogs', 'stanford_cars')
# How the data set of a cell names a task of VTAB-1k.
VTAB = 'vtab_'
BENCHMARKS = {'fgvc': FGVC, 'vtab': tuple(VTAB + task for task in TASKS)}


def _tasks(group: str) -> Tuple[str, ...]:
    return tuple(VTAB + name for name, task in TASKS.items()
                 if task.group == group)


# What is averaged, by the name of the mean.
GROUPS = {
    'FGVC': FGVC,
    'Natural': _tasks('natural'),
    'Specialized': _tasks('specialized'),
    'Structured': _tasks('structured'),
    'VTAB-1k': BENCHMARKS['vtab']
}
# Of the page of Self-Prompt Tuning, https://arxiv.org/abs/2402.02382.
PUBLISHED = {
    ('FGVC', 'vit_base_mocov3', 'spt-deep'): 86.00,
    ('Natural', 'vit_base_mocov3', 'vpt-shallow'): 67.34,
    ('Natural', 'vit_base_mocov3', 'vpt-deep'): 70.27,
    ('Natural', 'vit_base_mocov3', 'spt-shallow'): 74.47,
    ('Natural', 'vit_base_mocov3', 'spt-deep'): 76.20,
    ('Natural', 'vit_base_mae', 'vpt-shallow'): 39.96,
    ('Natural', 'vit_base_mae', 'vpt-deep'): 36.02,
    ('Natural', 'vit_base_mae', 'spt-shallow'): 62.53,
    ('Natural', 'vit_base_mae', 'spt-deep'): 67.19,
}


def prompt_cells(target: str) -> List[Cell]:
    """Make the cells of a benchmark.

    Args:
        target (str): 'fgvc' or 'vtab'.

    Returns:
        list[Cell]: Those of each backbone and method, on every data set.
    """
    return [
        Cell(target, 'classifier', backbone, method, '', dataset)
        for backbone, methods in METHODS.items() for method in methods
        for dataset in BENCHMARKS[target]
    ]
