"""A training in seconds that is random in every way a training can be."""
import random

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import TRANSFORMS

from protune_mm.apis import build_runner

ITEMS = 12


@TRANSFORMS.register_module()
class NoiseOfEverySource(BaseTransform):
    """Replaces an image by noise, a channel by each random generator."""

    def transform(self, results):
        shape = results['img'].shape[:2]
        python = np.frombuffer(random.randbytes(shape[0] * shape[1]), np.uint8)
        results['img'] = np.stack([
            python.reshape(shape),
            np.random.randint(256, size=shape, dtype=np.uint8),
            torch.randint(256, shape, dtype=torch.uint8).numpy()
        ], -1)
        return results


class Interruption(Exception):
    """As a kill would be, but the process lives on."""


class Stop(Hook):
    """Interrupts a training when an epoch's checkpoint has been written."""

    priority = 'LOWEST'

    def __init__(self, epoch):
        self.epoch = epoch

    def after_train_epoch(self, runner):
        if runner.epoch + 1 == self.epoch:
            raise Interruption


def small_config(work_dir, seed=0, workers=0, **more):
    """Three epochs of a tiny transformer with all kinds of dropout."""
    letters = dict(type='LetterCrops', length=ITEMS, size=16)
    loader = dict(
        batch_size=4,
        num_workers=workers,
        sampler=dict(type='DefaultSampler', shuffle=True))
    return Config(
        dict(
            default_scope='mmpretrain',
            launcher='none',
            work_dir=str(work_dir),
            experiment_name=work_dir.name,
            randomness=dict(seed=seed),
            model=dict(
                type='ImageClassifier',
                backbone=dict(
                    type='VisionTransformer',
                    arch=dict(
                        embed_dims=16,
                        num_layers=2,
                        num_heads=2,
                        feedforward_channels=16),
                    img_size=16,
                    patch_size=4,
                    drop_rate=0.1,
                    drop_path_rate=0.2),
                head=dict(
                    type='VisionTransformerClsHead',
                    num_classes=26,
                    in_channels=16)),
            train_dataloader=dict(
                worker_init_fn=dict(type='seed_worker'),
                dataset=dict(
                    pipeline=[
                        dict(type='NoiseOfEverySource'),
                        dict(type='PackInputs')
                    ],
                    **letters),
                **loader),
            val_dataloader=dict(
                dataset=dict(pipeline=[dict(type='PackInputs')], **letters),
                **loader),
            val_evaluator=dict(type='Accuracy', topk=(1, 5)),
            train_cfg=dict(by_epoch=True, max_epochs=3, val_interval=3),
            val_cfg=dict(),
            optim_wrapper=dict(optimizer=dict(type='AdamW', lr=1e-2)),
            param_scheduler=dict(
                type='CosineAnnealingLR', T_max=3, convert_to_iter_based=True),
            custom_hooks=[dict(type='EpochSeedHook')],
            **more))


def train(cfg, *hooks, resume=False):
    """Train a config, with hooks that no config could hold."""
    cfg = cfg.copy()
    cfg.resume = resume
    cfg.experiment_name += '_resumed' if resume else ''
    runner = build_runner(cfg)
    for hook in hooks:
        runner.register_hook(hook)
    try:
        runner.train()
    finally:
        # Workers of loaders that lie in garbage are waited for, 5 s each.
        vars(runner.train_loop).pop('dataloader_iterator', None)
        runner.train_dataloader._iterator = None
    return runner
