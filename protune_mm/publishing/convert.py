"""From whole checkpoints to deltas and back."""
from typing import Any, Dict

from mmengine.config import Config
from mmengine.runner import load_checkpoint
from torch import nn

from protune_mm.engine.whole_model import build_model, load_whole
from protune_mm.errors import UserError
from protune_mm.preflight.weights import check_weights
from protune_mm.tuning.base import BASE
from protune_mm.tuning.delta import delta_of, is_delta, tuned_parts
from protune_mm.tuning.quiet import quiet

EMA = 'ema_state_dict'


def based_model(cfg: Config) -> nn.Module:
    """Build a model and load the bases that its config names.

    Args:
        cfg (Config): A complete config.

    Returns:
        nn.Module: The model as a training of it would begin.

    Raises:
        UserError: If the config freezes nothing, or names no base or one that
            cannot be loaded.
    """
    model = build_model(cfg)
    parts = tuned_parts(model)
    if not parts:
        raise UserError('The model of this config freezes no backbone, so '
                        'there is no delta of it: take a config with a tuning '
                        "that does, such as tuning='protune'.")
    check_weights(cfg)
    with quiet():
        model.init_weights()
    if cfg.get('load_from'):
        load_checkpoint(model, cfg.load_from, 'cpu', logger='silent')
    for path, part in parts.items():
        if part.base is None:
            raise UserError(
                f'The config names no weights for the frozen model.{path}: '
                f'set --cfg-options model.{path}.init_cfg (of '
                "type='Pretrained') or load_from.")
    return model


def extract(cfg: Config, checkpoint: str) -> Dict[str, Any]:
    """Make a delta of a whole checkpoint.

    Args:
        cfg (Config): The config that it was trained with, which names the
            base.
        checkpoint (str): The checkpoint.

    Returns:
        dict: The same checkpoint, without the frozen entries.

    Raises:
        UserError: If its frozen weights are not those of the base.
    """
    model = based_model(cfg)
    bases = {path: part.base for path, part in tuned_parts(model).items()}
    content = load_whole(model, checkpoint)
    for path, part in tuned_parts(model).items():
        if part.base is not bases[path] and not is_delta(
                content.get('state_dict', content)):
            raise UserError(
                f'The frozen weights of model.{path} in {checkpoint} are not '
                f'those of {bases[path]}, which the config names: name the '
                'file that the training began with, --cfg-options '
                f'model.{path}.init_cfg.checkpoint=PATH or load_from=PATH.')
    content = dict(content) if 'state_dict' in content else {
        'meta': {},
        'state_dict': content
    }
    content['state_dict'], _ = delta_of(model, model.state_dict())
    if EMA in content and not is_delta(content[EMA]):
        content[EMA], _ = delta_of(model, content[EMA], 'module.')
    return content


def merge(cfg: Config, checkpoint: str) -> Dict[str, Any]:
    """Make a whole checkpoint of a delta.

    Args:
        cfg (Config): The config that it was trained with.
        checkpoint (str): The delta.

    Returns:
        dict: The same checkpoint with all weights.

    Raises:
        UserError: If its base cannot be found.
    """
    model = build_model(cfg)
    content = dict(load_whole(model, checkpoint))
    state = model.state_dict()
    average = content.get(EMA, {})
    if is_delta(average):
        kept = {k: v for k, v in average.items() if k.split('.')[-1] != BASE}
        frozen = {
            f'module.{path}.{name}': state[f'{path}.{name}']
            for path, part in tuned_parts(model).items()
            for name in part.base.names
        }
        content[EMA] = {**frozen, **kept}
    content['state_dict'] = state
    return content


def merge_into_stock(cfg: Config, checkpoint: str) -> Dict[str, Any]:
    """Make a checkpoint of the stock model, methods in its weights.

    Args:
        cfg (Config): The config that it was trained with.
        checkpoint (str): The delta, or a whole checkpoint.

    Returns:
        dict: ``'meta'`` and ``'state_dict'``, whose backbones are those of
        the stock types.

    Raises:
        UserError: If its base cannot be found, or a method cannot be merged.
    """
    model = build_model(cfg)
    content = load_whole(model, checkpoint)
    parts = [(path, part) for path, part in model.named_modules()
             if hasattr(part, 'merge') and hasattr(part, 'methods')]
    for path, part in parts:
        parent, _, name = path.rpartition('.')
        setattr(model.get_submodule(parent), name, part.merge())
    return dict(meta=content.get('meta', {}), state_dict=model.state_dict())
