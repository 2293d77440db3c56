"""What backbones and models are and compute."""
from pathlib import Path

import torch
from hashes import Rows, digest, written
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import MODELS, DefaultScope

from tests import backbones, prompted_backbones


def flat(outputs) -> list:
    """Return the tensors of a backbone's output."""
    if hasattr(outputs, 'dtype'):
        return [outputs]
    return [tensor for part in outputs for tensor in flat(part)]


def images(size: int):
    """Return what every backbone sees."""
    return torch.rand(2, 3, size, size, generator=torch.manual_seed(0))


def of_parameters(name: str, model) -> Rows:
    """Names, shapes, what trains and the start values."""
    yield f'{name}: names and shapes', {
        key: list(value.shape)
        for key, value in model.state_dict().items()
    }
    yield f'{name}: trained', [
        key for key, value in model.named_parameters() if value.requires_grad
    ]
    yield f'{name}: start values', digest(*model.state_dict().values())


def of_outputs(name: str, backbone, size: int) -> Rows:
    """What a backbone computes."""
    backbone.eval()  # some hosts return nothing
    with torch.no_grad():
        yield f'{name}: outputs', digest(*flat(backbone(images(size))))


def of_step(name: str, backbone) -> Rows:
    """A step forward and backward: outputs, gradients and buffers."""
    torch.manual_seed(1)
    backbone.train()
    outputs = flat(backbone(images(128)))
    yield f'{name}: outputs in training', digest(*outputs)
    sum(x.square().mean() for x in outputs).backward()
    yield f'{name}: gradients', {
        key: digest(value.grad)
        for key, value in backbone.named_parameters() if value.grad is not None
    }
    yield f'{name}: buffers', digest(*backbone.buffers())


def of_contracts() -> Rows:
    """Each row of the table of contracts."""
    for case in backbones.CASES + prompted_backbones.CASES:
        for kind, more in (('', {}), (' awake', case.awake)):
            torch.manual_seed(0)
            model = revert_sync_batchnorm(case.build(**more))
            name = f'row {case}{kind}'
            yield from of_parameters(name, model)
            yield from of_outputs(name, model, 128)
            yield from of_step(name, model)


def of_configs(root: Path) -> Rows:
    """Each config a user can name."""
    for path in sorted((root / 'configs').rglob('*.py')):
        if '_base_' in path.parts:
            continue
        name = f'config {path.relative_to(root)}'
        cfg = Config.fromfile(path)
        yield f'{name}: text', written(cfg, root)
        torch.manual_seed(0)
        with DefaultScope.overwrite_default_scope(cfg.default_scope):
            model = revert_sync_batchnorm(MODELS.build(cfg.model))
        yield from of_parameters(name, model)
        # Classifiers and their windows are made for this size.
        yield from of_outputs(name, model.backbone, 224)
