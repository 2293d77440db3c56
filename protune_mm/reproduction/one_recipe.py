"""One recipe for all that is compared.

All ways of tuning have the same images, batches, iterations and optimizer;
the learning rate of each is the best of one grid, chosen on images that are
held out.
"""
from typing import Dict, NamedTuple, Optional, Sequence

from mmengine.config import Config

# From fine-tuning's usual rate to one that is too high for all of them.
RATES = (5e-4, 2e-3, 1e-2, 4e-2, 1.5e-1)
DECAYS = (0.01, )
# Side of the crops that a segmentor trains on, a quarter of a scene: it would
# take most of the time.
CROP = 96


class Task(NamedTuple):
    """What ways of tuning are compared at.

    Args:
        host (str): As of :class:`Cell`.
        backbone (str): As of :class:`Cell`.
        methods (dict[str, str]): Settings by method.
        steps (int): Epochs, or the iterations of a segmentor.
        seconds (float): Of one core that a run takes on average, for the
            estimate; measured while other programs shared the core, so
            rather too many.
        rates (Sequence[float]): The grid of learning rates. Default:
            :data:`RATES`.
        images (int): Scenes for training of a detector or segmentor.
            Default: 480.
        held_out (int): The last of them, which rates are chosen by.
            Default: 80.
        crop (int, optional): Side of the crops that a segmentor trains on,
            in pixels; None for what its config does. Default: :data:`CROP`.
    """
    host: str
    backbone: str
    methods: Dict[str, str]
    steps: int
    seconds: float
    rates: Sequence[float] = RATES
    images: int = 480
    held_out: int = 80
    crop: Optional[int] = CROP


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


def use_one_recipe(cfg: Config, task: Task, rates: Dict[str, float]) -> None:
    """Train as all methods of the task do.

    The multipliers that recipes of single tasks have for learning rates are
    left out: everything learns at the rate that is chosen, but for what the
    method itself says.

    Args:
        cfg (Config): A complete config, changed in place.
        task (Task): What it trains.
        rates (dict[str, float]): Multipliers of the method by a part of
            parameters' names.
    """
    cfg.optim_wrapper.optimizer = dict(
        type='AdamW', lr=RATES[0], weight_decay=DECAYS[0])
    cfg.optim_wrapper.paramwise_cfg = dict(
        norm_decay_mult=0., bias_decay_mult=0., flat_decay_mult=0.)
    if rates:
        cfg.optim_wrapper.paramwise_cfg.custom_keys = {
            name: dict(lr_mult=rate)
            for name, rate in rates.items()
        }
    _schedule(cfg, task.host, task.steps)
    if cfg.default_scope == 'mmseg' and task.crop:
        size = (task.crop, task.crop)
        cfg.model.data_preprocessor.size = size
        cfg.train_dataloader.dataset.pipeline.insert(
            -1, dict(type='RandomCrop', crop_size=size))


def hold_out_scenes(cfg: Config, task: Task) -> None:
    """Train on a part of the scenes, evaluate on the rest of them.

    Args:
        cfg (Config): Of a detector or segmentor, changed in place.
        task (Task): What it trains.
    """
    train, val = cfg.train_dataloader.dataset, cfg.val_dataloader.dataset
    cfg.val_dataloader.dataset = dict(
        train, pipeline=val.pipeline, indices=-task.held_out, test_mode=True)
    train.indices = task.images - task.held_out
    if cfg.val_evaluator.type == 'CocoMetric':
        # A file of annotations is that of a whole set: those of the images
        # that are seen come with them.
        cfg.val_evaluator.ann_file = None
        pack = cfg.val_dataloader.dataset.pipeline[-1]
        pack.meta_keys = (*pack.meta_keys, 'instances')
    cfg.test_dataloader = cfg.val_dataloader
    cfg.test_evaluator = cfg.val_evaluator
