"""A bottleneck of a depthwise and a pointwise convolution."""
import torch
from mmcv.cnn import build_activation_layer
from mmengine.model import BaseModule
from torch import Tensor, nn


class ConvBottleneck(BaseModule):
    """Narrows a map by a convolution of groups and widens it by a 1 x 1 one.

    The widening convolution starts at zero, and each of its channels has a
    factor that starts at one. Source: Conv-Adapter,
    https://arxiv.org/abs/2208.07463, section 3.2.

    Args:
        conv (nn.Module): The convolution beside which it is; kernel, stride,
            padding and dilation are taken from it.
        reduction (int): How many input channels become one in between.
        act_cfg (dict): Activation.
    """

    def __init__(self, conv: nn.Module, reduction: int, act_cfg: dict) -> None:
        super().__init__()
        width = max(1, conv.in_channels // reduction)
        self.down = nn.Conv2d(
            conv.in_channels,
            width,
            conv.kernel_size,
            conv.stride,
            conv.padding,
            conv.dilation,
            groups=width)
        self.act = build_activation_layer(act_cfg)
        self.up = nn.Conv2d(width, conv.out_channels, 1)
        self.gate = nn.Parameter(torch.empty(conv.out_channels, 1, 1))
        self.init_weights()

    def init_weights(self) -> None:
        """Start without effect, also when a host's own rule reaches it."""
        self.down.reset_parameters()
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)
        nn.init.ones_(self.gate)

    def forward(self, x: Tensor) -> Tensor:
        """Map the convolution's input to the form of its output."""
        return self.gate * self.up(self.act(self.down(x)))
