"""A product of two thin matrices, added to a layer."""
from typing import Dict, Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn


class LowRank(BaseModule):
    r"""The change of a linear layer or a convolution, of low rank.

    .. math:: \Delta W = s \cdot B A

    ``A`` starts random and ``B`` at zero. For a convolution, ``A`` has its
    kernel, stride and groups, and ``B`` is a 1 x 1 convolution. Source: LoRA,
    https://arxiv.org/abs/2106.09685, section 4.1.

    Args:
        weight (Tensor): The layer's weight: ``(out, in)`` or
            ``(out, in / groups, height, width)``.
        rank (int): Columns of ``B``, for each group.
        scale (float): s.
        dropout (float): Dropout of the layer's input. Default: 0.0.
        conv (nn.Conv2d, optional): The convolution. Default: None, which
            means a linear layer.
    """

    def __init__(self,
                 weight: Tensor,
                 rank: int,
                 scale: float,
                 dropout: float = 0.,
                 conv: Optional[nn.Conv2d] = None) -> None:
        super().__init__()
        self.scale = scale
        self.dropout = nn.Dropout(dropout)
        outputs, inputs, *_ = weight.shape
        if conv is None:
            self.down = nn.Linear(inputs, rank, bias=False)
            self.up = nn.Linear(rank, outputs, bias=False)
        else:
            width = rank * conv.groups
            self.down = nn.Conv2d(
                conv.in_channels,
                width,
                conv.kernel_size,
                conv.stride,
                conv.padding,
                conv.dilation,
                conv.groups,
                bias=False,
                padding_mode=conv.padding_mode)
            self.up = nn.Conv2d(
                width, outputs, 1, groups=conv.groups, bias=False)
        self.init_weights()

    def init_weights(self) -> None:
        """Start without effect, also when a host's own rule reaches it."""
        nn.init.kaiming_uniform_(self.down.weight, a=5**.5)
        nn.init.zeros_(self.up.weight)

    def change(self,
               weight: Tensor,
               bias: Optional[Tensor] = None) -> Dict[str, Tensor]:
        """Return the layer's weight with its change.

        Args:
            weight (Tensor): Of the form of the layer's.
            bias (Tensor, optional): The bias, which stays. Default: None.

        Returns:
            dict[str, Tensor]: ``'weight'`` as it becomes.
        """
        down, up = self.down.weight, self.up.weight
        rank = up.shape[1]
        groups = len(down) // rank
        product = torch.bmm(
            up.reshape(groups, -1, rank), down.reshape(groups, rank, -1))
        return dict(weight=weight + self.scale * product.view_as(weight))

    def forward(self, x: Tensor) -> Tensor:
        """Compute what the change adds to the layer's output."""
        return self.scale * self.up(self.down(self.dropout(x)))
