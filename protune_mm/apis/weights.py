"""Fetching pre-trained weights, or saying what to do."""
import os
from http.client import HTTPException
from pathlib import Path
from typing import Iterator, Tuple
from urllib.error import URLError
from urllib.parse import urlparse

import torch
from mmengine.config import Config
from mmengine.model import PretrainedInit
from mmengine.runner.checkpoint import (CheckpointLoader,
                                        get_deprecated_model_names,
                                        get_external_models, get_mmcls_models,
                                        get_torchvision_models)

from protune_mm.errors import UserError
from protune_mm.tuning import PARADIGMS

# Where the demo has configs that pre-train, and the weights beside them.
DEMO = Path(__file__).resolve().parents[2] / 'configs/demo'


def _resolve(checkpoint: str) -> str:
    """Return the URL behind a zoo name, or the path as it is."""
    scheme, _, name = checkpoint.partition('://')
    zoos = {
        'torchvision': get_torchvision_models,
        'modelzoo': get_torchvision_models,
        'open-mmlab': get_external_models,
        'openmmlab': get_external_models,
        'mmcls': get_mmcls_models,
    }
    if scheme not in zoos:
        return checkpoint
    models = zoos[scheme]()
    name = get_deprecated_model_names().get(name, name)
    if name not in models:
        raise UserError(f'{scheme} has no weights named {name} '
                        f'({checkpoint}): it has, for instance, '
                        f'{", ".join(sorted(models)[:5])}.')
    return models[name]


def find_weights(cfg: Config) -> Iterator[Tuple[str, str]]:
    """Find every checkpoint a config starts training from.

    Args:
        cfg (Config): A complete config.

    Yields:
        tuple[str, str]: The option that names it, such as
        ``model.backbone.init_cfg.checkpoint``, and its value.
    """

    def walk(node, path):
        if isinstance(node, dict):
            tuning = node.get('tuning')
            if tuning in PARADIGMS and not PARADIGMS[tuning].pretrained:
                return
            if node.get('type') in ('Pretrained', PretrainedInit):
                yield f'{path}.checkpoint', node['checkpoint']
            if isinstance(node.get('pretrained'), str):
                yield f'{path}.pretrained', node['pretrained']
            for key, value in node.items():
                yield from walk(value, f'{path}.{key}')
        elif isinstance(node, (list, tuple)):
            for i, value in enumerate(node):
                yield from walk(value, f'{path}.{i}')

    yield from walk(cfg.get('model', {}), 'model')
    if cfg.get('load_from'):
        yield 'load_from', cfg.load_from


def _remedy(path: str) -> str:
    """Tell how to make weights of the demo, if it is theirs."""
    config = Path(path).resolve().with_suffix('.py')
    if config.parent != DEMO or not config.exists():
        return ''
    return ('run python tools/pretrain_demo_backbone.py '
            f'{os.path.relpath(config)}, or ')


def fetch_weights(option: str, checkpoint: str) -> None:
    """Make sure that a checkpoint is on this machine, fetching it if needed.

    Args:
        option (str): The config option that names it, for the message.
        checkpoint (str): A path, a URL or a zoo name like
            ``torchvision://resnet50``.

    Raises:
        UserError: If it is not there and cannot be fetched.
    """
    url = _resolve(checkpoint)
    if not url.startswith(('http://', 'https://')):
        if '://' not in url and not os.path.isfile(url):
            raise UserError(f'{option} names {url}, but there is no such '
                            f'file: {_remedy(url)}set --cfg-options '
                            f'{option}=PATH.')
        return
    folder = os.path.join(torch.hub.get_dir(), 'checkpoints')
    cached = os.path.join(folder, os.path.basename(urlparse(url).path))
    if os.path.isfile(cached):
        return
    try:
        CheckpointLoader.load_checkpoint(url, map_location='cpu')
    # torch reports a file that is not what it should be as RuntimeError.
    except (URLError, HTTPException, OSError, RuntimeError) as error:
        reason = getattr(error, 'reason', error)
        raise UserError(
            f'The pre-trained weights {checkpoint} could not be fetched '
            f'({reason}): download {url} elsewhere and put it at {cached}, '
            f'or name a local copy with --cfg-options {option}=PATH.'
        ) from None
