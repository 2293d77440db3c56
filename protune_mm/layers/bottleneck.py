"""A bottleneck of two linear layers."""
from mmcv.cnn import build_activation_layer
from mmengine.model import BaseModule, xavier_init
from torch import Tensor, nn


class Bottleneck(BaseModule):
    """Narrows tokens, activates and widens them again.

    The widening layer starts at zero. Source: adapters,
    https://arxiv.org/abs/1902.00751, section 2.1, and AdaptFormer,
    https://arxiv.org/abs/2205.13535, section 3.2.

    Args:
        channels (int): Channels of a token, C.
        width (int): Channels in between.
        act_cfg (dict): Activation.
        scale (float): Factor of the output. Default: 1.0.
    """

    def __init__(self,
                 channels: int,
                 width: int,
                 act_cfg: dict,
                 scale: float = 1.) -> None:
        super().__init__()
        self.down = nn.Linear(channels, width)
        self.act = build_activation_layer(act_cfg)
        self.up = nn.Linear(width, channels)
        self.scale = scale
        self.init_weights()

    def init_weights(self) -> None:
        """Start without effect, also when a host's own rule reaches it."""
        xavier_init(self.down)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(B, N, C)`` to the same shape."""
        return self.scale * self.up(self.act(self.down(x)))
