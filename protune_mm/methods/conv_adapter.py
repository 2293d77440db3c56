"""Conv-Adapter: bottlenecks of convolutions beside those of a CNN."""
from typing import Optional, Sequence

import torch
from mmengine.registry import MODELS
from torch import nn

from protune_mm.errors import UserError
from protune_mm.hosts import Sites
from protune_mm.hosts.paths import check_path
from protune_mm.layers import ConvBottleneck
from protune_mm.limits import check_number
from protune_mm.tuning import belongs
from .inside_blocks import CNNS, check_targets
from .method import Method


@MODELS.register_module()
class ConvAdapter(Method):
    """Depthwise and pointwise bottlenecks beside the 3 x 3 convolutions.

    Source: https://arxiv.org/abs/2208.07463, section 3 ("Convolution
    Parallel").

    Args:
        reduction (int): How many input channels become one in between.
            Default: 4.
        targets (str | Sequence[str], optional): Paths of convolutions.
            Default: None, which means those that the family knows: the 3 x 3
            ones of each block.
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
        check_number('ConvAdapter', 'reduction', reduction)
        self.reduction = reduction
        if targets is not None:
            targets = check_targets('ConvAdapter', targets)
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
            if not hasattr(module, 'in_channels'):
                raise UserError(
                    f'targets of ConvAdapter names {path}, which is no '
                    f'convolution but {type(module).__name__}.')
            if belongs(path, sites.unused()):
                raise UserError(
                    f'targets of ConvAdapter names {path}, which reaches no '
                    'output: choose another one or other out_indices.')
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
            self._refuse_other_form(path, conv, layer)
            sites.add(self.part, name, layer)
            sites.add_to_output(path, self.part, name)

    @staticmethod
    @torch.no_grad()
    def _refuse_other_form(path: str, conv: nn.Module,
                           layer: nn.Module) -> None:
        """Raise if a convolution pads otherwise than it says."""
        for size in (13, 14):
            image = layer.gate.new_zeros(1, conv.in_channels, size, size)
            if conv(image).shape != layer(image).shape:
                raise UserError(
                    f'targets of ConvAdapter names {path}, a '
                    f'{type(conv).__name__}, which pads in its own way: '
                    'choose another convolution.')
