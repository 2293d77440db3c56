"""Quicker ways to compute the convolutions of a prompt block on a CPU.

The modules stay torch's own, with their names, hooks and traces; their
``forward`` is stood in for. On a GPU, under autocast, and when torch compiles
or traces, it is torch's as well.
"""
from functools import partial
from typing import Any, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from protune_mm.execution import is_observed


def _is_torchs(x: Tensor) -> bool:
    return (is_observed(x) or x.device.type != 'cpu'
            or torch.is_autocast_enabled('cpu'))


class _Depthwise(torch.autograd.Function):
    """Depthwise convolution of stride 1 that keeps the size."""

    # With a setup_context of its own, each call would inspect the signature.
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor,
                padding: Tuple[int, int]) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.padding = padding
        return F.conv2d(x, weight, padding=padding, groups=len(weight))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tuple:
        x, weight = ctx.saved_tensors
        grad_x = grad_weight = None
        if ctx.needs_input_grad[0]:
            # Unlike torch.nn.grad's, it keeps the order of dimensions.
            grad_x = torch.ops.aten.convolution_backward(
                grad, x, weight, None, (1, 1), ctx.padding, (1, 1), False,
                (0, 0), len(weight), (True, False, False))[0]
        if ctx.needs_input_grad[1]:
            # It is itself a depthwise convolution, of each image's channel by
            # its gradient, and as such up to ten times as quick as what torch
            # calls for kernels of more than 3 x 3.
            batch, channels = x.shape[:2]
            grad_weight = F.conv2d(
                x.reshape(1, batch * channels, *x.shape[2:]),
                grad.reshape(batch * channels, 1, *grad.shape[2:]),
                padding=ctx.padding,
                groups=batch * channels)
            grad_weight = grad_weight.view(batch, *weight.shape).sum(dim=0)
        return grad_x, grad_weight, None


def _depthwise(conv: nn.Conv2d, x: Tensor) -> Tensor:
    # One that a norm was folded into has a bias.
    if (_is_torchs(x) or not torch.is_grad_enabled() or conv.bias is not None):
        return nn.Conv2d.forward(conv, x)
    return _Depthwise.apply(x, conv.weight, conv.padding)


def _grouped(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """Multiply matrices, which takes two thirds of the time."""
    # Of maps in channels_last, torch's own is as quick and copies nothing.
    if _is_torchs(x) or not x.is_contiguous():
        return nn.Conv2d.forward(conv, x)
    width = conv.in_channels // conv.groups
    weight = conv.weight.view(conv.groups, width, width)
    bias = conv.bias.view(conv.groups, width, 1)
    x_of_group = x.flatten(2).unflatten(1, (conv.groups, width))
    if x_of_group.shape[-1] >= width:
        # Each image takes a copy of the weights, which are smaller.
        return torch.matmul(weight, x_of_group).add_(bias).view_as(x)
    columns = x_of_group.permute(1, 2, 0, 3)
    y = torch.bmm(weight, columns.flatten(2)).add_(bias)
    return y.view_as(columns).permute(2, 0, 1, 3).reshape(x.shape)


def _on_one_value(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """Multiply a matrix, which a map of one value a channel is."""
    if _is_torchs(x) or x.shape[2:] != (1, 1):
        return nn.Conv2d.forward(conv, x)
    y = F.linear(x.flatten(1), conv.weight.flatten(1), conv.bias)
    return y[..., None, None]


def quicken_gate(gate: nn.Module) -> nn.Module:
    """Let a squeeze-and-excitation gate spare the set-up of convolutions.

    Args:
        gate (nn.Module): A SqueezeExcitation of torchvision, changed in place.

    Returns:
        nn.Module: The gate.
    """
    for conv in (gate.fc1, gate.fc2):
        conv.forward = partial(_on_one_value, conv)
    return gate


def depthwise_conv(channels: int, kernel_size: int) -> nn.Conv2d:
    """Make a convolution of each channel by itself, which keeps the size.

    Args:
        channels (int): Channels of the map.
        kernel_size (int): Side of the kernel, odd.

    Returns:
        nn.Conv2d: From ``(B, C, H, W)`` to the same shape, without bias.
    """
    conv = nn.Conv2d(
        channels,
        channels,
        kernel_size,
        padding=kernel_size // 2,
        groups=channels,
        bias=False)
    # A partial of a module follows its deep copies, as a method would not.
    conv.forward = partial(_depthwise, conv)
    return conv


def grouped_conv(channels: int, groups: int) -> nn.Conv2d:
    """Make a 1 x 1 convolution within groups of channels.

    Args:
        channels (int): Channels of the map.
        groups (int): Number of groups.

    Returns:
        nn.Conv2d: From ``(B, C, H, W)`` to the same shape, with bias.
    """
    conv = nn.Conv2d(channels, channels, 1, groups=groups)
    conv.forward = partial(_grouped, conv)
    return conv
