"""Adapters behind attention and FFN."""
from typing import Optional, Sequence, Union

from mmengine.registry import MODELS

from protune_mm.errors import UserError
from protune_mm.hosts import Sites
from protune_mm.layers import Bottleneck
from protune_mm.limits import check_number
from .inside_blocks import check_places, name_of, sublayers_at
from .method import Method


@MODELS.register_module()
class Adapter(Method):
    """Bottlenecks with a residual behind attention and FFN of each block.

    ``h + up(act(down(h)))`` of what a sublayer returns, before it is added to
    the residual stream. Source: https://arxiv.org/abs/1902.00751, section
    2.1.

    Args:
        width (int): Channels of the bottleneck. Default: 64.
        places (str | Sequence[str]): ``'attention'``, ``'ffn'`` or both.
            Default: both.
        act_cfg (dict, optional): Activation. Default: None, which means
            ``dict(type='GELU')``.

    Raises:
        UserError: If a value is out of range, a place is not known, the
            backbone has none, or a sublayer adds to the residual stream by
            itself.
    """
    part = 'adapters'

    def __init__(self,
                 width: int = 64,
                 places: Union[str, Sequence[str]] = ('attention', 'ffn'),
                 act_cfg: Optional[dict] = None) -> None:
        check_number('Adapter', 'width', width)
        self.width = width
        self.places = check_places('Adapter', places)
        self.act_cfg = act_cfg or dict(type='GELU')

    def insert(self, sites: Sites) -> None:
        """Put bottlenecks behind sublayers; see :class:`Method`."""
        for sublayer in sublayers_at(sites, 'Adapter', self.places):
            if not sublayer.branch:
                raise UserError(
                    f'{sublayer.whole} adds to the residual stream by itself, '
                    'so that no Adapter can stand before that: take '
                    'AdaptFormer or LoRA.')
            name = name_of(sublayer)
            layer = Bottleneck(sublayer.channels, self.width, self.act_cfg)
            sites.add(self.part, name, layer)
            sites.add_to_branch(sublayer, self.part, name)
