"""Methods side by side: what is compared, and what others publish.

Every method of a task has the same images, batches, iterations and optimizer,
as :mod:`one_recipe` has them.
"""
from typing import Dict, List, NamedTuple

from .cells import Cell
from .one_recipe import Task

METHODS = 'methods'
# The fragments' names of the nets.
VIT, RESNET = 'vit_slim', 'resnet18_slim'

# On nets this slim, methods are narrower than papers have them.
TASKS = {
    'digits':
    Task(
        'classifier', VIT, {
            'head': '',
            'partial-1': '',
            'finetune': '',
            'bitfit': '',
            'norm-tuning': '',
            'ssf': '',
            'lora': 'rank=4',
            'adapter': 'width=16',
            'adaptformer': 'width=16',
            'mona': 'width=16',
            'vpt-deep': '',
            'protune': ''
        }, 3, 22.),
    'digits_ade20k':
    Task(
        'upernet', RESNET, {
            'head': '',
            'finetune': '',
            'bitfit': '',
            'norm-tuning': '',
            'ssf': '',
            'lora': 'rank=4,targets=all',
            'conv-adapter': '',
            'protune': ''
        }, 100, 53.),
    'digits_coco':
    Task(
        'cascade_mask_rcnn', RESNET, {
            'head': '',
            'finetune': '',
            'lora': 'rank=4,targets=all',
            'conv-adapter': '',
            'protune': ''
        }, 1, 94.)
}


class Published(NamedTuple):
    """What others report of a method.

    Args:
        millions (float): Trained parameters of the backbone.
        box (float): Box AP.
        mask (float): Mask AP.
        other (str): Box AP of the same as another source has it; empty where
            none does.
    """
    millions: float
    box: float
    mask: float
    other: str = ''


# Cascade Mask R-CNN on COCO val2017, Swin-B of ImageNet-22k, 36 epochs.
# Source: README of V-PETL Bench (NeurIPS 2024) and Mona,
# https://arxiv.org/abs/2408.08345.
PUBLISHED = {
    'finetune': Published(86.75, 51.9, 45.0, '52.4'),
    'head': Published(0., 43.5, 38.6, '48.0'),
    'lora': Published(3.03, 51.2, 44.3),
    'adaptformer': Published(3.11, 51.4, 44.5),
    'mona': Published(4.16, 53.4, 46.0, '52.9, by a user')
}


def embedded_method_cells() -> List[Cell]:
    """Make the cells that need no download.

    Returns:
        list[Cell]: By task and method.
    """
    return [
        Cell(METHODS, task.host, task.backbone, method, setting, dataset)
        for dataset, task in TASKS.items()
        for method, setting in task.methods.items()
    ]


def published_method_cells() -> List[Cell]:
    """Make the cells of the table that others publish.

    Returns:
        list[Cell]: With box AP, and with the backbone's trained parameters,
        not the model's.
    """
    return [
        Cell(METHODS, 'cascade_mask_rcnn', 'swin_base', method, '', 'coco',
             row.box, row.millions) for method, row in PUBLISHED.items()
    ]


def method_cells(embedded: bool) -> List[Cell]:
    """Make the cells of the comparison.

    Args:
        embedded (bool): Whether on the data that need no download.

    Returns:
        list[Cell]: Of all tasks and methods.
    """
    return embedded_method_cells() if embedded else published_method_cells()


def method_arguments(setting: str) -> Dict[str, object]:
    """Read the arguments of a method from a setting.

    Args:
        setting (str): Such as ``'rank=4,targets=all'``; may be empty.

    Returns:
        dict[str, object]: Such as ``dict(rank=4, targets='all')``.
    """
    pairs = [item.split('=') for item in setting.split(',') if item]
    return {
        name: int(value) if value.isdigit() else value
        for name, value in pairs
    }
