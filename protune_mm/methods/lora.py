"""LoRA: low-rank changes of frozen weights."""
from typing import Dict, List, Optional, Sequence, Union

from mmengine.registry import MODELS
from torch import Tensor, nn

from protune_mm.errors import UserError
from protune_mm.hosts import Sites, Weights
from protune_mm.hosts.paths import check_path
from protune_mm.layers import LowRank
from protune_mm.limits import check_number
from .inside_blocks import (TRANSFORMERS, check_dropout, check_factor,
                            check_targets, key_of)
from .method import Method

ROLES = ('attention', 'ffn', 'all')


@MODELS.register_module()
class LoRA(Method):
    r"""Adds low-rank matrices to linear layers and convolutions.

    :math:`W + \frac{\alpha}{r} B A`, where ``B`` starts at zero;
    :meth:`~protune_mm.models.TunedBackbone.merge` puts it into ``W``. Source:
    https://arxiv.org/abs/2106.09685, section 4.

    Args:
        rank (int): r. Default: 8.
        alpha (float, optional): Default: None, which means ``rank``, so that
            the factor is 1.
        dropout (float): Dropout of a layer's input before ``A``.
            Default: 0.0.
        targets (str | Sequence[str]): What gets them: ``'attention'`` or
            ``'ffn'`` (the layers of these parts of each block), ``'all'``
            (linear layers and convolutions of all blocks but depthwise
            ones), or paths of modules; several of them in a list.
            Default: 'attention'.

    Raises:
        UserError: If a value is out of range, no layer has the rank, the
            backbone has no such layers, or ``dropout`` meets an attention
            that takes the weights of its layers without calling them.
    """
    part = 'lora'

    def __init__(self,
                 rank: int = 8,
                 alpha: Optional[float] = None,
                 dropout: float = 0.,
                 targets: Union[str, Sequence[str]] = 'attention') -> None:
        check_number('LoRA', 'rank', rank)
        self.alpha = rank if alpha is None else alpha
        check_factor('LoRA', 'alpha', self.alpha)
        check_dropout('LoRA', dropout)
        self.rank = rank
        self.dropout = dropout
        self.targets = check_targets('LoRA', targets,
                                     f'{", ".join(ROLES)}, or ')
        self.places: List[Weights] = []

    def insert(self, sites: Sites) -> None:
        """Put matrices beside layers; see :class:`Method`."""
        for target in self.targets:
            found = self._find(sites, target)
            if not found:
                self._refuse(sites.backbone, target)
            self.places += [w for w in found if w not in self.places]
        self._check_rank(sites.backbone)
        for weights in self.places:
            self._insert_at(sites, weights)

    def _check_rank(self, backbone: nn.Module) -> None:
        values = [weights.of(backbone).flatten(1) for weights in self.places]
        most = max(min(value.shape) for value in values)
        if self.rank > most:
            raise UserError(
                f'rank={self.rank} of LoRA is no low rank here: no layer of '
                f'its targets has more than {most}. Choose less.')

    def _find(self, sites: Sites, target: str) -> List[Weights]:
        backbone = sites.backbone
        if target == 'all':
            inside = sites.blocks()
        elif target in ROLES:
            inside = [
                sublayer.whole for sublayer in sites.sublayers(added=False)
                if sublayer.kind == target
            ]
        else:
            check_path(backbone, target, 'targets')
            inside = [target]

        def fits(weights: Weights) -> bool:
            value = weights.of(backbone)
            # In groups of one channel, a matrix has no rank to be lowered.
            thin = value.dim() == 4 and value.shape[1] == 1
            return value.dim() > 1 and not (thin and target in ROLES)

        return [w for w in sites.weights(inside) if fits(w)]

    def _refuse(self, backbone: nn.Module, target: str) -> None:
        name = type(backbone).__name__
        if target in ('attention', 'ffn'):
            raise UserError(
                f"targets='{target}' of LoRA is for {TRANSFORMERS}, and "
                f"{name} is not known to be one: choose targets='all' or "
                'paths of modules.')
        raise UserError(f"targets='{target}' of LoRA has no linear layer or "
                        f'convolution in this {name}: choose other targets.')

    def _insert_at(self, sites: Sites, weights: Weights) -> None:
        module = sites.backbone.get_submodule(weights.path)
        name = key_of(weights)
        if weights.user is not None and self.dropout:
            raise UserError(
                f'dropout={self.dropout} of LoRA cannot act before '
                f'{weights.path}, whose weights {weights.user} takes without '
                'calling it: set dropout=0.')
        layer = LowRank(
            weights.of(sites.backbone), self.rank, self.alpha / self.rank,
            self.dropout, module if isinstance(module, nn.Conv2d) else None)
        sites.add(self.part, name, layer)
        if weights.user is None:
            sites.add_to_output(weights.path, self.part, name)
        else:
            sites.change(weights, self.part, name)

    def merge(self, backbone: nn.Module, state: Dict[str, Tensor]) -> None:
        """Add the product to the weights; see :class:`Method`."""
        for weights in self.places:
            layer = getattr(backbone, self.part)[key_of(weights)]
            entry = f'{weights.path}.{weights.weight}'
            state[entry] = layer.change(state[entry])['weight'].detach()
