"""A depthwise convolution whose weight gradient is quick on a CPU."""
from typing import Any, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from protune_mm.execution import is_observed


class _Depthwise(torch.autograd.Function):
    """Depthwise convolution of stride 1, padded by half its kernel."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor, padding: Tuple[int, int]) -> Tensor:
        return F.conv2d(x, weight, padding=padding, groups=len(weight))

    @staticmethod
    def setup_context(ctx: Any, inputs: Tuple, output: Tensor) -> None:
        x, weight, ctx.padding = inputs
        ctx.save_for_backward(x, weight)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tuple:
        x, weight = ctx.saved_tensors
        grad_x = grad_weight = None
        if ctx.needs_input_grad[0]:
            grad_x = torch.nn.grad.conv2d_input(
                x.shape,
                weight,
                grad,
                padding=ctx.padding,
                groups=len(weight))
        if ctx.needs_input_grad[1]:
            # It is itself a depthwise convolution, of each image's channel by
            # its gradient, and as such ten times as quick as what torch calls
            # for kernels of more than 3 x 3.
            batch, channels = x.shape[:2]
            grad_weight = F.conv2d(
                x.reshape(1, batch * channels, *x.shape[2:]),
                grad.reshape(batch * channels, 1, *grad.shape[2:]),
                padding=ctx.padding,
                groups=batch * channels)
            grad_weight = grad_weight.view(batch, *weight.shape).sum(dim=0)
        return grad_x, grad_weight, None


class DepthwiseConv2d(nn.Conv2d):
    """Convolves each channel by itself; the size stays.

    Args:
        channels (int): Channels of the map.
        kernel_size (int): Side of the kernel, odd.
    """

    def __init__(self, channels: int, kernel_size: int) -> None:
        super().__init__(
            channels,
            channels,
            kernel_size,
            padding=kernel_size // 2,
            groups=channels,
            bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve.

        Args:
            x (Tensor): Shape ``(B, C, H, W)``.

        Returns:
            Tensor: Shape ``(B, C, H, W)``.
        """
        if (is_observed() or not isinstance(x, Tensor)
                or x.device.type != 'cpu' or not torch.is_grad_enabled()
                or self.bias is not None  # of a folded norm
                or torch.is_autocast_enabled('cpu')):
            return super().forward(x)
        return _Depthwise.apply(x, self.weight, self.padding)
