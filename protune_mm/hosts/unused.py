"""Finding what of an unknown backbone reaches no output."""
from typing import List

import torch
from torch import nn

from .dry_run import dry_run
from .map_graph import tensors_of


def find_unused(backbone: nn.Module) -> List[str]:
    """Find the modules whose parameters an image's outputs do not depend on.

    Args:
        backbone (nn.Module): Any backbone, which is put in eval mode.

    Returns:
        list[str]: Their paths, and those of what holds nothing else.
    """
    parameters = dict(backbone.named_parameters())
    before = {name: p.requires_grad for name, p in parameters.items()}
    backbone.eval()
    try:
        backbone.requires_grad_(True)
        with torch.enable_grad():
            output = dry_run(backbone, lambda size: None)
            total = sum(x.sum() for x in tensors_of(output) if x.requires_grad)
            gradients = torch.autograd.grad(
                total, list(parameters.values()), allow_unused=True)
    finally:
        for name, parameter in parameters.items():
            parameter.requires_grad_(before[name])
    used = set()
    for name, gradient in zip(parameters, gradients):
        while gradient is not None and '.' in name:
            name = name.rpartition('.')[0]
            used.add(name)
    return [
        path for path, module in backbone.named_modules()
        if path and path not in used and any(True for _ in module.parameters())
    ]
