"""Writing a trained task as a folder that others can use."""
import json
import os
import tempfile
from numbers import Number
from pathlib import Path
from typing import Any, Dict, List, Optional

import numpy as np
import torch
from mmengine.config import Config
from mmengine.logging import HistoryBuffer
from mmengine.registry import Registry, root
from mmengine.runner.checkpoint import CheckpointLoader
from mmengine.utils import get_object_from_string
from safetensors.torch import save_file
from torch import Tensor

from protune_mm.engine.whole_model import build_model, load_whole
from protune_mm.errors import UserError
from protune_mm.preflight.config_parts import host_of
from protune_mm.tuning.base import BASE, Base
from protune_mm.tuning.delta import is_delta, tuned_parts
from protune_mm.tuning.published_folder import (CONFIG, FORMAT, MANIFEST, NAME,
                                                sha256_of)
from .convert import extract
from .literal_config import SCOPES, read_config
from .model_card import model_card

# Of a config, what belongs to one machine or one run.
PRIVATE = ('work_dir', 'resume', 'load_from', 'launcher', 'experiment_name')


def _delta(cfg: Config, checkpoint: str) -> Dict[str, Any]:
    """Return a checkpoint that fills the model, as small as it can be."""
    content = CheckpointLoader.load_checkpoint(
        checkpoint, 'cpu', logger='silent')
    model = build_model(cfg)
    if tuned_parts(model) and not is_delta(content.get('state_dict', content)):
        return extract(cfg, checkpoint)
    content = load_whole(model, checkpoint)
    return content if 'state_dict' in content else dict(state_dict=content)


def _halved(value: Tensor) -> Tensor:
    """Take half the bytes, unless a value would not fit."""
    small = value.half()
    return small if small.isfinite().all() else value


def _named_types(node: Any) -> Any:
    """Write types of pure-Python configs as names of registries."""
    if isinstance(node, dict):
        return {
            key: _type_name(value) if key == 'type' else _named_types(value)
            for key, value in node.items()
        }
    if isinstance(node, (list, tuple)):
        return type(node)(map(_named_types, node))
    return node


def _registered_names(kind: Any) -> List[str]:
    """Find the names that a class has in registries."""
    roots = [one for one in vars(root).values() if isinstance(one, Registry)]
    return [
        name for parent in roots
        for registry in (parent, *parent.children.values())
        for name, one in registry.module_dict.items() if one is kind
    ]


def _type_name(kind: Any) -> Any:
    if isinstance(kind, type):
        kind = f'{kind.__module__}.{kind.__name__}'
    if not isinstance(kind, str) or kind.count('.') < 2:
        return kind
    scope, *_, name = kind.split('.')
    names = _registered_names(get_object_from_string(kind))
    if names and name not in names:  # torch's BatchNorm2d is BN
        name = names[0]
    # Ours are in the registries of all hosts, torch's in mmengine's; what is
    # in none, as mmcv's RoIAlign, hosts know by its bare name.
    return f'{scope}.{name}' if names and scope in SCOPES[:-1] else name


def _plain(node: Any) -> Any:
    """Return numbers and lists instead of those of numpy."""
    if isinstance(node, (np.ndarray, np.generic)):
        return node.tolist()
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return type(node)(map(_plain, node))
    return node


def metrics_of(content: Dict[str, Any], checkpoint: str) -> Dict[str, float]:
    """Find the metrics of the weights in a training's checkpoint.

    The one of an epoch is saved before that epoch is evaluated, so that the
    metrics in it are those of an earlier one. A ``best_*.pth`` has its own.

    Args:
        content (dict): The checkpoint.
        checkpoint (str): Its path.

    Returns:
        dict[str, float]: By name; empty if it holds none of its own.
    """
    hub = content.get('message_hub') or {}
    best = {
        os.path.basename(str(path))
        for key, path in (hub.get('runtime_info') or {}).items()
        if key.startswith('best_ckpt')
    }
    if os.path.basename(checkpoint) not in best:
        return {}
    return {
        name.removeprefix('val/'): float(history.current())
        for name, history in (hub.get('log_scalars') or {}).items()
        if name.startswith('val/') and isinstance(history, HistoryBuffer)
        and not name.endswith('time')
    }


def read_metrics(path: str) -> Dict[str, float]:
    """Read metrics from a JSON file, such as ``result.json`` of a run.

    Args:
        path (str): The file.

    Returns:
        dict[str, float]: Its numbers by name.

    Raises:
        UserError: If it is not such a file.
    """
    try:
        found = json.loads(Path(path).read_text('utf-8'))
        found = found.get('metrics', found)
        return {k: v for k, v in found.items() if isinstance(v, Number)}
    except (AttributeError, OSError, ValueError):
        raise UserError(f'--metrics {path} is no JSON file of names and '
                        'numbers: give one, or leave it out.') from None


def publish(cfg: Config,
            checkpoint: str,
            folder: str,
            name: str,
            metrics: Optional[Dict[str, float]] = None,
            half: bool = False) -> Path:
    """Write a task as a folder: weights, config, metrics and a model card.

    Args:
        cfg (Config): The config that it was trained with.
        checkpoint (str): A delta or a whole checkpoint.
        folder (str): Where the folder goes.
        name (str): What its name begins with; part of the hash of the weights
            follows.
        metrics (dict, optional): Numbers to publish. Default: None, which
            means those of a ``best_*.pth``.
        half (bool): Whether weights are stored in 16 bits. Default: False.

    Returns:
        Path: The folder.

    Raises:
        UserError: If the checkpoint does not fit the config, or the name is
            none of a folder and a part of a URL.
    """
    if not NAME.fullmatch(name):
        raise UserError(f"'{name}' cannot be the name of a task, a part of a "
                        'folder and of a URL: take letters, digits and '
                        '._- alone.')
    content = _delta(cfg, checkpoint)
    state = {
        key: value.clone().contiguous()
        for key, value in content['state_dict'].items()
    }
    if half:
        state = {
            key: _halved(value) if value.dtype is torch.float32 else value
            for key, value in state.items()
        }
    if metrics is None:
        metrics = metrics_of(content, checkpoint)
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as part:
        place = Path(part, 'task')
        place.mkdir()
        save_file(state, place / 'weights')
        digest = sha256_of(place / 'weights')
        kind = 'delta' if is_delta(state) else 'weights'
        weights = f'{kind}-{digest[:8]}.safetensors'
        os.replace(place / 'weights', place / weights)
        text = _named_types({
            key: value
            for key, value in cfg.to_dict().items() if key not in PRIVATE
        })
        Config(text).dump(place / CONFIG)
        read_config(place / CONFIG)  # as those who use it will
        manifest = dict(
            format=FORMAT,
            name=name,
            host=host_of(cfg),
            model=text['model']['type'],
            weights=weights,
            files={
                weights: digest,
                CONFIG: sha256_of(place / CONFIG)
            },
            bases={
                key.removesuffix(f'.{BASE}'): _base(value)
                for key, value in state.items() if key.endswith(BASE)
            },
            dataset_meta=repr(
                _plain((content.get('meta') or {}).get('dataset_meta') or {})),
            metrics=metrics)
        (place / 'metrics.json').write_text(json.dumps(metrics, indent=2))
        (place / MANIFEST).write_text(json.dumps(manifest, indent=2))
        (place / 'README.md').write_text(
            model_card(manifest, state, f'{name}-{digest[:8]}'))
        final = Path(folder, f'{name}-{digest[:8]}')
        for file in place.iterdir():
            with open(file, 'rb') as done:
                os.fsync(done.fileno())
        if final.exists():  # the same weights: what was said of them is newer
            os.replace(final, Path(part, 'before'))
        os.replace(place, final)
    return final


def _base(entry: Tensor) -> Dict[str, Any]:
    base = Base.decode(entry)
    return dict(sha256=base.sha256, source=base.source)
