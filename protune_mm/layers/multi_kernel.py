"""A bottleneck with depthwise convolutions of several kernels."""
from typing import Tuple

import torch
from mmengine.model import BaseModule, xavier_init
from torch import Tensor, nn

KERNELS = (3, 5, 7)


class MultiKernel(BaseModule):
    r"""The change that Mona adds to a map of tokens.

    .. math:: y = \mathrm{LN}(x) \cdot \gamma + x \cdot \gamma_x

    then a linear layer to ``width``, the mean of depthwise 3 x 3, 5 x 5 and
    7 x 7 convolutions plus identity, a 1 x 1 convolution plus identity, GELU,
    dropout, and a linear layer back, which starts at zero. It has ``133 * C +
    9728`` parameters at a width of 64. Source: Mona,
    https://arxiv.org/abs/2408.08345, section 3.3 and its code.

    Args:
        channels (int): Channels of a token, C.
        width (int): Channels in between. Default: 64.
        dropout (float): Dropout before the last layer. Default: 0.1.
    """

    def __init__(self,
                 channels: int,
                 width: int = 64,
                 dropout: float = .1) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.gamma = nn.Parameter(torch.empty(channels))
        self.gamma_x = nn.Parameter(torch.empty(channels))
        self.down = nn.Linear(channels, width)
        self.convs = nn.ModuleList(
            nn.Conv2d(width, width, size, padding=size // 2, groups=width)
            for size in KERNELS)
        self.mix = nn.Conv2d(width, width, 1)
        self.act = nn.GELU()
        self.dropout = nn.Dropout(dropout)
        self.up = nn.Linear(width, channels)
        self.init_weights()

    def init_weights(self) -> None:
        """Start without effect, also when a host's own rule reaches it."""
        for layer in (self.norm, *self.convs, self.mix):
            layer.reset_parameters()
        nn.init.constant_(self.gamma, 1e-6)
        nn.init.ones_(self.gamma_x)
        xavier_init(self.down)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, x: Tensor, size: Tuple[int, int]) -> Tensor:
        """Compute the change of tokens.

        Args:
            x (Tensor): Tokens of a map ``(B, H*W, C)``.
            size (tuple[int, int]): ``(H, W)``.

        Returns:
            Tensor: Of the shape of ``x``.
        """
        x = self.down(self.norm(x) * self.gamma + x * self.gamma_x)
        # Not unflatten: an exported graph would keep the number of images.
        maps = x.transpose(1, 2).reshape(x.shape[0], x.shape[2], *size)
        maps = sum(conv(maps) for conv in self.convs) / len(KERNELS) + maps
        maps = self.mix(maps) + maps
        x = maps.flatten(2).transpose(1, 2)
        return self.up(self.dropout(self.act(x)))
