"""Fetching pre-trained weights, or saying what to do."""
import glob
import os
from pathlib import Path
from typing import Iterator, Optional, Tuple

from mmengine.config import Config
from mmengine.runner.checkpoint import CheckpointLoader

from protune_mm.engine.hooks.set_aside_hook import BEFORE
from protune_mm.errors import UserError
from protune_mm.files import DEMO, TOOLS
from protune_mm.tuning import PARADIGMS
from protune_mm.tuning.checkpoint import listed
from protune_mm.tuning.pretraining import loads_weights
from protune_mm.tuning.published_folder import is_there


def _pretrained(cfg: Config) -> Iterator[Tuple[str, str, Optional[str]]]:
    """Find checkpoints, as :func:`find_weights`, with their prefixes."""

    def walk(node, path):
        if isinstance(node, dict):
            tuning = node.get('tuning')
            if tuning in PARADIGMS and not PARADIGMS[tuning].pretrained:
                return
            if loads_weights(node):
                yield (f'{path}.checkpoint', node.get('checkpoint'),
                       node.get('prefix'))
            if isinstance(node.get('pretrained'), str):
                yield f'{path}.pretrained', node['pretrained'], None
            for key, value in node.items():
                yield from walk(value, f'{path}.{key}')
        elif isinstance(node, (list, tuple)):
            for i, value in enumerate(node):
                yield from walk(value, f'{path}.{i}')

    yield from walk(cfg.get('model', {}), 'model')
    if cfg.get('load_from'):
        yield 'load_from', cfg.load_from, None


def find_weights(cfg: Config) -> Iterator[Tuple[str, str]]:
    """Find every checkpoint a config starts training from.

    Args:
        cfg (Config): A complete config.

    Yields:
        tuple[str, str]: The option that names it, such as
        ``model.backbone.init_cfg.checkpoint``, and its value.
    """

    for option, checkpoint, _ in _pretrained(cfg):
        yield option, checkpoint


def _remedy(path: str) -> str:
    """Tell where a file went, or how to make it if it is the demo's."""
    file = Path(path)
    moved = sorted(file.parent.glob(f'{BEFORE}*/{glob.escape(file.name)}'))
    if moved:
        return f'a later training moved it to {moved[-1]}, so '
    config = file.resolve().with_suffix('.py')
    if config.parent != DEMO or not config.exists():
        return ''
    tool = TOOLS / 'pretrain_demo_backbone.py'
    return (f'run python {os.path.relpath(tool)} {os.path.relpath(config)}, '
            'or ')


def _check_prefix(option: str, checkpoint: str, prefix: str,
                  content: dict) -> None:
    """Raise if no entry of a checkpoint begins with a prefix."""
    names = content.get('state_dict', content)
    if any(name.startswith(f'{prefix.rstrip(".")}.') for name in names):
        return
    option = f'{option.removesuffix(".checkpoint")}.prefix'
    parts = sorted({name.split('.')[0] for name in names})
    raise UserError(f"{option} is '{prefix}', but no entry of {checkpoint} "
                    f'begins so: set --cfg-options {option} to a part of it '
                    f'({listed(parts)}), or to None for a bare backbone.')


def fetch_weights(option: str,
                  checkpoint: str,
                  prefix: Optional[str] = None) -> None:
    """Make sure that a checkpoint is here and whole, fetching it if needed.

    Args:
        option (str): The config option that names it, for the message.
        checkpoint (str): A path, a URL or a zoo name like
            ``torchvision://resnet50``.
        prefix (str, optional): What the names of its wanted entries begin
            with. Default: None.

    Raises:
        UserError: If it is not there, cannot be fetched, is no checkpoint or
            has nothing under that prefix.
    """
    if not isinstance(checkpoint, str):
        raise UserError(f'{option} is {checkpoint}, no file: set '
                        f'--cfg-options {option}=PATH.')
    if not is_there(checkpoint):
        raise UserError(f'{option} names {checkpoint}, but there is no such '
                        f'file: {_remedy(checkpoint)}set --cfg-options '
                        f'{option}=PATH.')
    try:
        content = CheckpointLoader.load_checkpoint(
            checkpoint, map_location='cpu', logger='silent')
    except UserError as error:
        raise UserError(f'{str(error)[:-1]}, or name another file with '
                        f'--cfg-options {option}=PATH.') from None
    if prefix:
        _check_prefix(option, checkpoint, prefix, content)


def check_weights(cfg: Config) -> None:
    """Make sure of every checkpoint that a config starts training from.

    Args:
        cfg (Config): A complete config.

    Raises:
        UserError: As :func:`fetch_weights`, for the first that is not right.
    """
    for option, checkpoint, prefix in _pretrained(cfg):
        fetch_weights(option, checkpoint, prefix)
