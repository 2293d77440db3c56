"""AdaptFormer: bottlenecks beside the sublayers."""
from typing import Optional, Sequence, Union

from mmengine.registry import MODELS

from protune_mm.hosts import Sites
from protune_mm.layers import Bottleneck
from protune_mm.limits import check_number
from .inside_blocks import check_factor, check_places, name_of, sublayers_at
from .method import Method


@MODELS.register_module()
class AdaptFormer(Method):
    """Bottlenecks beside attention and FFN of each block.

    They get what the norm before the sublayer returns, and are added, scaled,
    to the residual stream. The paper has them beside the FFN alone
    (``places='ffn'``). Source: https://arxiv.org/abs/2205.13535, section 3.2.

    Args:
        width (int): Channels of the bottleneck. Default: 64.
        scale (float): Factor of what they add. Default: 0.1.
        places (str | Sequence[str]): ``'attention'``, ``'ffn'`` or both.
            Default: both.
        act_cfg (dict, optional): Activation. Default: None, which means
            ``dict(type='ReLU')``.

    Raises:
        UserError: If a value is out of range, a place is not known, or the
            backbone has none.
    """
    part = 'adaptformers'

    def __init__(self,
                 width: int = 64,
                 scale: float = .1,
                 places: Union[str, Sequence[str]] = ('attention', 'ffn'),
                 act_cfg: Optional[dict] = None) -> None:
        check_number('AdaptFormer', 'width', width)
        check_factor('AdaptFormer', 'scale', scale)
        self.width = width
        self.scale = scale
        self.places = check_places('AdaptFormer', places)
        self.act_cfg = act_cfg or dict(type='ReLU')

    def insert(self, sites: Sites) -> None:
        """Put bottlenecks beside sublayers; see :class:`Method`."""
        for sublayer in sublayers_at(sites, 'AdaptFormer', self.places):
            name = name_of(sublayer)
            layer = Bottleneck(sublayer.channels, self.width, self.act_cfg,
                               self.scale)
            sites.add(self.part, name, layer)
            sites.beside(sublayer, self.part, name)
