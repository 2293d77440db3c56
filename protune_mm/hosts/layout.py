"""Maps in the memory layout in which a CPU convolves quickest."""
from typing import Any, Sequence, Tuple

import torch
from torch import Tensor, nn

from protune_mm.execution import policy_of
from .family import Family


def _contiguous(module: nn.Module, inputs: Tuple,
                outputs: Sequence[Tensor]) -> Any:
    # Operators of mmcv, such as RoIAlign, read memory in this order.
    return type(outputs)(x.contiguous() for x in outputs)


def run_channels_last(backbone: nn.Module, family: Family) -> None:
    """Let a backbone compute in ``torch.channels_last``, for inference.

    Its outputs stay as they were but for rounding.

    Args:
        backbone (nn.Module): A tuned backbone on a CPU, changed in place if
            it gains by it.
        family (Family): What is known of it.
    """
    if not family.channels_last:
        return
    # Without a norm, what a deformable convolution returns goes on as it is.
    backbone.register_forward_hook(_contiguous)
    kernels = [
        part for part in backbone.modules()
        if any(p.dim() == 4 for p in part.parameters(recurse=False))
    ]
    # It and its kind want the usual layout.
    if all(policy_of(part)
           for part in kernels) and all(part.weight.device.type == 'cpu'
                                        for part in kernels):
        backbone.to(memory_format=torch.channels_last)
