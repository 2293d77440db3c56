"""Conv-Adapter: bottlenecks of convolutions beside those of a CNN."""
from typing import Optional, Sequence

from mmengine.registry import MODELS

from protune_mm.errors import UserError
from protune_mm.hosts import Sites
from protune_mm.hosts.paths import check_path
from protune_mm.layers import ConvBottleneck
from .inside_blocks import CNNS
from .method import Method


@MODELS.register_module()
class ConvAdapter(Method):
    """Depthwise and pointwise bottlenecks beside the 3 x 3 convolutions.

    Source: https://arxiv.org/abs/2208.07463, section 3 ("Convolution
    Parallel").

    Args:
        reduction (int): How many input channels become one in between.
            Default: 4.
        targets (Sequence[str], optional): Paths of convolutions. Default:
            None, which means those that the family knows: the 3 x 3 ones of
            each block.
        act_cfg (dict, optional): Activation. Default: None, which means
            ``dict(type='ReLU')``.

    Raises:
        UserError: If there are no such convolutions, or the channels of one
            are no multiple of ``reduction``.
    """
    part = 'conv_adapters'

    def __init__(self,
                 reduction: int = 4,
                 targets: Optional[Sequence[str]] = None,
                 act_cfg: Optional[dict] = None) -> None:
        if reduction < 1:
            raise UserError(f'reduction={reduction} of ConvAdapter must be at '
                            'least 1.')
        self.reduction = reduction
        self.targets = targets
        self.act_cfg = act_cfg or dict(type='ReLU')

    def _find(self, sites: Sites) -> Sequence[str]:
        backbone = sites.backbone
        targets = self.targets
        if targets is None:
            targets = sites.family.convolutions(backbone)
        for path in targets:
            check_path(backbone, path, 'targets')
            module = backbone.get_submodule(path)
            if not hasattr(module, 'kernel_size'):
                raise UserError(
                    f'targets of ConvAdapter names {path}, which is no '
                    f'convolution but {type(module).__name__}.')
        if not targets:
            raise UserError(
                'ConvAdapter acts beside 3 x 3 convolutions, which of this '
                f'{type(backbone).__name__} are not known: it is for {CNNS}; '
                'for others list convolutions in targets.')
        return targets

    def insert(self, sites: Sites) -> None:
        """Put bottlenecks beside convolutions; see :class:`Method`."""
        for path in self._find(sites):
            conv = sites.backbone.get_submodule(path)
            if conv.in_channels % self.reduction:
                raise UserError(
                    f'reduction={self.reduction} of ConvAdapter does not '
                    f'divide the {conv.in_channels} channels of {path}: '
                    'choose another one.')
            name = path.replace('.', '_')
            layer = ConvBottleneck(conv, self.reduction, self.act_cfg)
            sites.add(self.part, name, layer)
            sites.add_to_output(path, self.part, name)
