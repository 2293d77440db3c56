"""What frozen leaf modules keep for backward: a table from type to policy.

A frozen layer needs no value of its input for the gradient that passes
through it: that of a convolution needs the weight and the input's shape, that
of a batch norm by running statistics the weight and the variance, that of a
ReLU one bit an element. torch keeps the input all the same, see
https://github.com/pytorch/pytorch/issues/133566. The operations stay torch's
own, so that outputs and gradients keep every bit; only what is kept changes.
"""
from functools import partial
from typing import Any, Callable, NamedTuple, Optional, Union

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.fx import Proxy

from .packed import Mask, Shape, restore

Kept = Union[Tensor, Shape, Mask]


class Policy(NamedTuple):
    """What a kind of frozen leaf module keeps.

    Args:
        fits (Callable): Of a module, whether it is in the state that the
            policy is for.
        keep (Callable): Of a module and a tensor that an operation of it
            saves, what to keep instead.
    """
    fits: Callable[[nn.Module], bool]
    keep: Callable[[nn.Module, Tensor], Kept]


def _needs_no_input(module: nn.Module) -> bool:
    """Tell whether no weight trains; for a bias, the gradient is enough."""
    weight = getattr(module, 'weight', None)
    return weight is None or not weight.requires_grad


def _has_statistics(norm: nn.Module) -> bool:
    return (not norm.training and norm.running_mean is not None
            and _needs_no_input(norm))


def _weight(module: nn.Module, saved: Tensor) -> Kept:
    """Keep the weight; under autocast it is a copy, known by its shape."""
    if saved.dim() == module.weight.dim() and \
            saved.shape != module.weight.shape:
        return Shape.of(saved)
    return saved


def _vectors(module: nn.Module, saved: Tensor) -> Kept:
    """Keep what has a value a channel."""
    return Shape.of(saved) if saved.dim() > 1 else saved


def _form(module: nn.Module, saved: Tensor) -> Kept:
    return Shape.of(saved)


def _passed(module: nn.Module, saved: Tensor) -> Kept:
    return Mask.of(saved)


CONVOLUTION = Policy(_needs_no_input, _weight)
BATCH_NORM = Policy(_has_statistics, _vectors)
RELU = Policy(_needs_no_input, _passed)
AVERAGE = Policy(_needs_no_input, _form)

NORMS = ('BatchNorm1d', 'BatchNorm2d', 'BatchNorm3d', 'SyncBatchNorm')

# By the names of types, so that no library has to be there. Subclasses are
# not taken for what they derive from: they may compute something else.
POLICIES = {
    **{
        f'torch.nn.modules.conv.Conv{kind}{d}d': CONVOLUTION
        for kind in ('', 'Transpose')
        for d in (1, 2, 3)
    },
    'mmcv.cnn.bricks.wrappers.Conv2d': CONVOLUTION,
    'mmcv.cnn.bricks.wrappers.Conv3d': CONVOLUTION,
    'mmcv.cnn.bricks.wrappers.ConvTranspose2d': CONVOLUTION,
    'mmcv.cnn.bricks.conv2d_adaptive_padding.Conv2dAdaptivePadding':
    CONVOLUTION,
    'timm.layers.conv2d_same.Conv2dSame': CONVOLUTION,
    **{
        f'torch.nn.modules.batchnorm.{kind}': BATCH_NORM
        for kind in NORMS
    },
    'mmengine.model.utils._BatchNormXd': BATCH_NORM,
    'mmengine.utils.dl_utils.parrots_wrapper.SyncBatchNorm': BATCH_NORM,
    'torch.nn.modules.activation.ReLU': RELU,
    'torch.nn.modules.pooling.AvgPool2d': AVERAGE,
}


def policy_of(module: nn.Module) -> Optional[Policy]:
    """Return the policy of a module's type, None if there is none."""
    kind = type(module)
    return POLICIES.get(f'{kind.__module__}.{kind.__qualname__}')


def is_observed(*inputs: Any) -> bool:
    """Tell whether torch compiles, exports or traces, which hooks disturb.

    Args:
        *inputs: Of a module.
    """
    return (torch.compiler.is_compiling() or torch.jit.is_tracing()
            or any(isinstance(x, Proxy) for x in inputs))


def wants_gradient(*inputs: Any) -> bool:
    """Tell whether a gradient is wanted of one of some inputs."""
    return torch.is_grad_enabled() and any(
        isinstance(x, Tensor) and x.requires_grad for x in inputs)


def _forward(module: nn.Module, smallest: int, *inputs: Any) -> Any:
    """Stand in for the ``forward`` of a leaf module."""
    forward = type(module).forward
    policy = policy_of(module)
    if (is_observed(*inputs) or not wants_gradient(*inputs)
            or inputs[0].numel() < smallest or not policy.fits(module)):
        return forward(module, *inputs)
    with saved_tensors_hooks(partial(policy.keep, module), restore):
        return forward(module, *inputs)


def slim(module: nn.Module, smallest: int = 0) -> bool:
    """Let a module keep what its policy says.

    Args:
        module (nn.Module): A leaf module, changed in place.
        smallest (int): Elements that an input must have for it; of less,
            there is not much to spare. Default: 0.

    Returns:
        bool: Whether there is a policy for its type.
    """
    if policy_of(module) is None or 'forward' in vars(module):
        return False
    # A partial of a module follows its deep copies, as those of hooks do.
    module.forward = partial(_forward, module, smallest)
    return True
