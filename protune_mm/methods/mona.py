"""Mona: bottlenecks with convolutions of several kernels."""
from typing import Sequence, Union

from mmengine.registry import MODELS

from protune_mm.hosts import Sites
from protune_mm.layers import MultiKernel
from protune_mm.limits import check_number
from .inside_blocks import check_dropout, check_places, name_of, sublayers_at
from .method import Method


@MODELS.register_module()
class Mona(Method):
    """Multi-cognitive visual adapters behind attention and FFN of each block.

    Each adds to the residual stream what it makes of the map of patches that
    is there; class token and prompt tokens pass by. Where patches reach no
    output any more, behind the last layer before a class token, there is
    none. Source: https://arxiv.org/abs/2408.08345, section 3.

    Args:
        width (int): Channels between its linear layers. Default: 64.
        dropout (float): Dropout before the second. Default: 0.1.
        places (str | Sequence[str]): ``'attention'``, ``'ffn'`` or both.
            Default: both.

    Raises:
        UserError: If a value is out of range, a place is not known, or the
            backbone has none.
    """
    part = 'monas'

    def __init__(
        self,
        width: int = 64,
        dropout: float = .1,
        places: Union[str, Sequence[str]] = ('attention', 'ffn')
    ) -> None:
        check_number('Mona', 'width', width)
        check_dropout('Mona', dropout)
        self.width = width
        self.dropout = dropout
        self.places = check_places('Mona', places)

    def insert(self, sites: Sites) -> None:
        """Put them behind sublayers; see :class:`Method`."""
        found = sublayers_at(sites, 'Mona', self.places)
        for sublayer in sites.with_maps(found):
            name = name_of(sublayer)
            layer = MultiKernel(sublayer.channels, self.width, self.dropout)
            sites.add(self.part, name, layer)
            sites.behind(sublayer, self.part, name)
