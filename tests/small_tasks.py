"""A trained classifier in every form that a task has."""
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

import torch
from mmengine.config import Config

from protune_mm.apis import build_runner, load_config
from protune_mm.publishing import publish
from tests.small_classifier import write_config


class Task(NamedTuple):
    """A config and the files of its training."""
    config: Path
    cfg: Config
    base: Path
    whole: Path
    delta: Path
    published: Path


def read(path):
    """A checkpoint that a test has made."""
    return torch.load(path, weights_only=False)


def train_task(folder):
    """Train with averaged weights, and keep all of it and a delta."""
    config, base = write_config(folder)
    checkpoints = []
    for name, full in (('whole', True), ('delta', False)):
        cfg = load_config(str(config), str(folder / name))
        cfg.experiment_name = f'{folder.name}_{name}'
        cfg.default_hooks = dict(
            checkpoint=dict(full=full, save_best=None if full else 'auto'))
        cfg.custom_hooks.append(dict(type='EMAHook', momentum=0.1))
        build_runner(cfg).train()
        checkpoints.append(folder / name / 'epoch_1.pth')
    cfg = load_config(str(config))
    published = publish(cfg, str(checkpoints[1]), str(folder / 'zoo'), 'small')
    return Task(config, cfg, base, *checkpoints, published)


def other_base(task, path):
    """Weights as the base's, but for one of them."""
    content = read(task.base)
    content['state_dict']['backbone.layer1.0.conv1.weight'][0, 0, 0, 0] += 1
    torch.save(content, path)
    return path


def trained_on(task, path):
    """A whole checkpoint on the base of another file."""
    content = read(task.whole)
    content['state_dict']['backbone.layer1.0.conv1.weight'][0, 0, 0, 0] += 1
    torch.save(content, path)
    return path


def with_base(task, path):
    """The config with another base."""
    init_cfg = dict(task.cfg.model.backbone.init_cfg, checkpoint=str(path))
    return with_backbone(task, init_cfg=init_cfg)


def with_backbone(task, **arguments):
    """The config with other arguments of the backbone."""
    cfg = deepcopy(task.cfg)
    cfg.model.backbone.update(arguments)
    return cfg


def flip(path, position=None):
    """Change a bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if position is None else position] ^= 1
    path.write_bytes(content)
    return path


def stock_weights(task, path):
    """Trained weights without what Pro-tuning adds."""
    torch.save(
        {
            name: value
            for name, value in read(task.whole)['state_dict'].items()
            if '.prompts.' not in name
        }, path)
    return path
