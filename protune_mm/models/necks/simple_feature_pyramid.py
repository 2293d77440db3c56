"""A feature pyramid of one map, for detectors on plain transformers.

::

    stride 4 <- 2x2 transposed twice -+
    stride 8 <- 2x2 transposed -------+
    stride 16 <-----------------------+- map of the last layer, stride 16
    stride 32 <- 2x2 max pooling -----'
    stride 64 <- every second value of stride 32, for the RPN
"""
from typing import Optional, Sequence, Tuple, Union

import torch.nn.functional as F
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule, ModuleList, Sequential
from mmengine.registry import MODELS
from torch import Tensor, nn

from protune_mm.errors import UserError

LEVELS = 4


@MODELS.register_module()
class SimpleFeaturePyramid(BaseModule):
    """Makes maps of strides 4 to 32 of the last map of a backbone.

    Source: https://arxiv.org/abs/2203.16527, section 3 and appendix A.1
    ("simple feature pyramid"). What the paper leaves open: each transposed
    convolution halves the channels, and convolutions before a norm have no
    bias.

    Args:
        in_channels (int): Channels of the map, which has stride 16. (Of
            stride 14, as of DINOv2, the strides become 3.5, 7, 14 and 28.)
        out_channels (int): Channels of each level. Default: 256.
        num_outs (int): Levels. Those behind the fourth have every second
            value of the one before, as in an FPN for an RPN. Default: 5.
        norm_cfg (dict, optional): Norm of maps. Default: None, which means
            that over the channels, ``dict(type='mmpretrain.LN2d',
            eps=1e-6)``.
        init_cfg (dict, optional): As of mmengine's modules. Default: None,
            which means torch's own.

    Raises:
        UserError: If ``in_channels`` is no multiple of 4, or there are less
            levels than 4.
    """

    def __init__(self,
                 in_channels: int,
                 out_channels: int = 256,
                 num_outs: int = 5,
                 norm_cfg: Optional[dict] = None,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        if not isinstance(in_channels, int) or in_channels % 4:
            raise UserError(f'in_channels={in_channels} of a simple feature '
                            'pyramid must be one whole number, a multiple of '
                            '4: the channels of the last map.')
        if num_outs < LEVELS:
            raise UserError(f'num_outs={num_outs} of a simple feature pyramid '
                            f'must be at least {LEVELS}.')
        self.num_outs = num_outs
        norm_cfg = norm_cfg or dict(type='mmpretrain.LN2d', eps=1e-6)
        half, quarter = in_channels // 2, in_channels // 4
        self.scales = ModuleList([
            Sequential(
                nn.ConvTranspose2d(in_channels, half, 2, stride=2),
                build_norm_layer(norm_cfg, half)[1], nn.GELU(),
                nn.ConvTranspose2d(half, quarter, 2, stride=2)),
            nn.ConvTranspose2d(in_channels, half, 2, stride=2),
            nn.Identity(),
            nn.MaxPool2d(2),
        ])
        self.laterals = ModuleList(
            Sequential(
                nn.Conv2d(width, out_channels, 1, bias=False),
                build_norm_layer(norm_cfg, out_channels)[1],
                nn.Conv2d(
                    out_channels, out_channels, 3, padding=1, bias=False),
                build_norm_layer(norm_cfg, out_channels)[1])
            for width in (quarter, half, in_channels, in_channels))

    def forward(self, inputs: Union[Tensor,
                                    Sequence[Tensor]]) -> Tuple[Tensor, ...]:
        """Make the levels.

        Args:
            inputs (Tensor | Sequence[Tensor]): Maps of a backbone, of which
                the last is taken, ``(B, C, H, W)``.

        Returns:
            tuple[Tensor]: ``num_outs`` maps, the first of ``(B, out_channels,
            4 * H, 4 * W)``, each of the others half as large.
        """
        x = inputs if isinstance(inputs, Tensor) else inputs[-1]
        maps = [
            lateral(scale(x))
            for scale, lateral in zip(self.scales, self.laterals)
        ]
        while len(maps) < self.num_outs:
            maps.append(F.max_pool2d(maps[-1], 1, stride=2))
        return tuple(maps)
