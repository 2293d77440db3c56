"""A scale and a shift for each channel."""
from typing import Dict

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn


class ScaleShift(BaseModule):
    r"""Scales and shifts channels: :math:`y = \gamma \cdot x + \beta`.

    Source: SSF, https://arxiv.org/abs/2210.08823, section 3.2.

    Args:
        channels (int): Channels, C.
        of_map (bool): Whether they are those of maps ``(B, C, H, W)``;
            otherwise they are the last dimension. Default: False.
    """

    def __init__(self, channels: int, of_map: bool = False) -> None:
        super().__init__()
        self.of_map = of_map
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))

    def change(self, weight: Tensor, bias: Tensor) -> Dict[str, Tensor]:
        """Return weight and bias of a layer that scales and shifts by itself.

        Args:
            weight (Tensor): Its first dimension is C.
            bias (Tensor): Shape ``(C,)``.

        Returns:
            dict[str, Tensor]: ``'weight'`` and ``'bias'``.
        """
        scale = self.scale.view(-1, *[1] * (weight.dim() - 1))
        return dict(weight=weight * scale, bias=bias * self.scale + self.shift)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x`` scaled and shifted."""
        scale, shift = self.scale, self.shift
        if self.of_map:
            scale, shift = scale[:, None, None], shift[:, None, None]
        return torch.addcmul(shift, x, scale)
