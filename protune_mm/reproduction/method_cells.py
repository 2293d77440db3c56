"""Methods side by side: what is compared, and one recipe for all of it.

Every method of a task has the same images, batches, iterations and optimizer;
its learning rate is the best of one grid, chosen on images that are held out.
"""
from typing import Dict, List, NamedTuple

from mmengine.config import Config

from .cells import Cell

STUDY = 'methods'
# From fine-tuning's usual rate to one that is too high for all of them.
RATES = (5e-4, 2e-3, 1e-2, 4e-2, 1.5e-1)
DECAYS = (0.01, )
# Of the 480 scenes for training, those that rates are chosen by.
HELD_OUT, KEPT = 80, 400
# Side of the crops that a segmentor trains on, a quarter of a scene: it would
# take most of the time.
CROP = 96
# The fragments' names of the nets.
VIT, RESNET = 'vit_slim', 'resnet18_slim'


class Task(NamedTuple):
    """What methods are compared at.

    Args:
        host (str): As of :class:`Cell`.
        backbone (str): As of :class:`Cell`.
        methods (dict[str, str]): Settings by method: on nets this slim,
            methods are narrower than papers have them.
        steps (int): Epochs, or the iterations of a segmentor.
        seconds (float): Of one core that a run takes, for the estimate;
            measured while other programs shared the core, so rather too
            many.
    """
    host: str
    backbone: str
    methods: Dict[str, str]
    steps: int
    seconds: float


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
        Cell(STUDY, task.host, task.backbone, method, setting, dataset)
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
        Cell(STUDY, 'cascade_mask_rcnn', 'swin_base', method, '', 'coco',
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


def is_embedded(cell: Cell) -> bool:
    """Tell if a cell is one of :func:`embedded_method_cells`."""
    return cell.table == STUDY and cell.dataset in TASKS


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


def _schedule(cfg: Config, host: str, steps: int) -> None:
    """Set how long is trained, in place."""
    warm_up, cosine = cfg.param_scheduler
    cfg.train_cfg.val_interval = steps
    if host == 'classifier':
        warm_up.end = 1
        cosine.update(begin=1, end=steps, T_max=steps - 1)
    else:
        cosine.T_max = steps
    if cfg.train_cfg.get('type') == 'IterBasedTrainLoop':
        cfg.train_cfg.max_iters = steps
        cfg.default_hooks.checkpoint.interval = steps
    else:
        cfg.train_cfg.max_epochs = steps


def use_one_recipe(cfg: Config, cell: Cell) -> None:
    """Train as all methods of the task do.

    The multipliers that recipes of single methods have for learning rates are
    left out: everything learns at the rate that is chosen.

    Args:
        cfg (Config): A complete config, changed in place.
        cell (Cell): One of :func:`embedded_method_cells`.
    """
    cfg.optim_wrapper.optimizer = dict(
        type='AdamW', lr=RATES[0], weight_decay=DECAYS[0])
    cfg.optim_wrapper.paramwise_cfg = dict(
        norm_decay_mult=0., bias_decay_mult=0., flat_decay_mult=0.)
    _schedule(cfg, cell.host, TASKS[cell.dataset].steps)
    if cfg.default_scope == 'mmseg':
        size = (CROP, CROP)
        cfg.model.data_preprocessor.size = size
        cfg.train_dataloader.dataset.pipeline.insert(
            -1, dict(type='RandomCrop', crop_size=size))


def hold_out_scenes(cfg: Config) -> None:
    """Train on a part of the scenes, evaluate on the rest of them.

    Args:
        cfg (Config): Of a detector or segmentor, changed in place.
    """
    train, val = cfg.train_dataloader.dataset, cfg.val_dataloader.dataset
    cfg.val_dataloader.dataset = dict(
        train, pipeline=val.pipeline, indices=-HELD_OUT, test_mode=True)
    train.indices = KEPT
    if cfg.val_evaluator.type == 'CocoMetric':
        # A file of annotations is that of a whole set: those of the images
        # that are seen come with them.
        cfg.val_evaluator.ann_file = None
        pack = cfg.val_dataloader.dataset.pipeline[-1]
        pack.meta_keys = (*pack.meta_keys, 'instances')
    cfg.test_dataloader = cfg.val_dataloader
    cfg.test_evaluator = cfg.val_evaluator
