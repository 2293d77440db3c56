"""Applying the norms of prompt blocks."""
from functools import partial
from typing import Any, Tuple

import torch
from mmengine.dist import get_world_size
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from protune_mm.execution import is_observed, once


class _NormWithStatistics(torch.autograd.Function):
    """Batch norm by a batch's own statistics, which are known already."""

    # With a setup_context of its own, each call would inspect the signature.
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor,
                mean: Tensor, var: Tensor, eps: float) -> Tensor:
        ctx.save_for_backward(x, weight, mean, var)
        ctx.eps = eps
        return F.batch_norm(x, mean, var, weight, bias, eps=eps)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tuple:
        x, weight, mean, var = ctx.saved_tensors
        grads = torch.ops.aten.native_batch_norm_backward(
            grad, x, weight, None, None, mean, (var + ctx.eps).rsqrt(), True,
            ctx.eps, ctx.needs_input_grad[:3])
        return (*grads, None, None, None)


def _in_two_steps(norm: nn.BatchNorm2d, x: Tensor) -> bool:
    return (norm.training and norm.affine and norm.track_running_stats
            and norm.momentum is not None and x.device.type == 'cpu'
            and x.dtype == norm.weight.dtype)


def _statistics(x: Tensor) -> Tuple[Tensor, Tensor]:
    """Compute mean and variance, four times as quickly as torch does."""
    batch, channels = x.shape[:2]
    number = x.numel() // channels
    mean = x.sum((0, 2, 3)).div_(number)
    rows = (x - mean.view(-1, 1, 1)).view(batch * channels, 1, -1)
    squares = torch.bmm(rows, rows.transpose(1, 2)).view(batch, channels)
    return mean, squares.sum(0).div_(number)


def _update_statistics(norm: nn.BatchNorm2d,
                       x: Tensor) -> Tuple[Tensor, Tensor]:
    """Let a batch move the running statistics, and return its own."""
    norm.num_batches_tracked.add_(1)
    with torch.no_grad():
        # Half precision has no room for sums.
        if (not x.is_contiguous() or x.numel() <= x.shape[1]
                or x.dtype not in (torch.float32, torch.float64)):
            return torch.batch_norm_update_stats(x, norm.running_mean,
                                                 norm.running_var,
                                                 norm.momentum)
        mean, var = _statistics(x)
        number = x.numel() // x.shape[1]
        norm.running_mean.lerp_(mean, norm.momentum)
        norm.running_var.lerp_(var * (number / (number - 1)), norm.momentum)
        return mean, var


def _batch_norm(norm: nn.BatchNorm2d, x: Tensor) -> Tensor:
    """Stand in for ``forward``: a second run takes the first's statistics."""
    if is_observed(x) or not _in_two_steps(norm, x):
        return nn.BatchNorm2d.forward(norm, x)
    mean, var = once(lambda: _update_statistics(norm, x))
    return _NormWithStatistics.apply(x, norm.weight, norm.bias, mean, var,
                                     norm.eps)


def quicken(norm: nn.Module) -> nn.Module:
    """Let a norm spare the statistics in the second run of a prompt block.

    Args:
        norm (nn.Module): Any norm of a map, changed in place if it is a batch
            norm that does not synchronise.

    Returns:
        nn.Module: The norm.
    """
    if type(norm) is nn.BatchNorm2d:
        # A partial of a module follows its deep copies.
        norm.forward = partial(_batch_norm, norm)
    return norm


def apply_norm(norm: nn.Module, x: Tensor) -> Tensor:
    """Normalise a map; a batch of one value a channel by running statistics.

    Such a batch (one image, a 1 x 1 map) has no statistics of its own, and
    the frozen host around the prompt takes it.

    Args:
        norm (nn.Module): Any norm of a map.
        x (Tensor): Shape ``(B, C, H, W)``.

    Returns:
        Tensor: Shape ``(B, C, H, W)``.
    """
    # A traced value does not tell its size.
    if (norm.training and isinstance(norm, _BatchNorm)
            and isinstance(x, Tensor) and x.numel() == x.shape[1]):
        # Processes that synchronise have the values of all.
        alone = not isinstance(norm, nn.SyncBatchNorm) or get_world_size() == 1
        if alone and norm.running_mean is not None:
            return F.batch_norm(
                x,
                norm.running_mean,
                norm.running_var,
                norm.weight,
                norm.bias,
                eps=norm.eps)
    return norm(x)
