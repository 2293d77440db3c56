"""SSF: scales and shifts of features."""
from typing import Dict, List

from mmengine.registry import MODELS
from torch import Tensor, nn

from protune_mm.errors import UserError
from protune_mm.hosts import Sites, Weights
from protune_mm.layers import ScaleShift
from .inside_blocks import key_of
from .method import Method


@MODELS.register_module()
class SSF(Method):
    """Scales and shifts what linear layers, convolutions and norms return.

    It acts where there is a bias that can take the shift, so that
    :meth:`~protune_mm.models.TunedBackbone.merge` is exact: a convolution
    without one has a norm behind it, of which scale and shift are the same.
    Layers that do more than torch's, such as norms with an activation inside,
    are left out.
    Source: https://arxiv.org/abs/2210.08823, section 3.2.

    Raises:
        UserError: If nothing of the backbone has a bias.
    """
    part = 'ssf'

    def __init__(self) -> None:
        self.places: List[Weights] = []

    def insert(self, sites: Sites) -> None:
        """Put scales and shifts behind layers; see :class:`Method`."""
        backbone = sites.backbone
        self.places = [
            weights for weights in sites.weights()
            if weights.bias_of(backbone) is not None
        ]
        if not self.places:
            raise UserError(f'SSF finds no layer with a bias in this '
                            f'{type(backbone).__name__}: choose another '
                            'method.')
        for weights in self.places:
            module = backbone.get_submodule(weights.path)
            name = key_of(weights)
            of_tokens = isinstance(
                module, (nn.Linear, nn.LayerNorm, nn.MultiheadAttention))
            layer = ScaleShift(len(weights.of(backbone)), not of_tokens)
            sites.add(self.part, name, layer)
            if weights.user is None:
                sites.on_output(weights.path, self.part, name)
            else:
                sites.change(weights, self.part, name)

    def merge(self, backbone: nn.Module, state: Dict[str, Tensor]) -> None:
        """Scale weights, and scale and shift biases; see :class:`Method`."""
        for weights in self.places:
            layer = getattr(backbone, self.part)[key_of(weights)]
            entries = dict(
                weight=f'{weights.path}.{weights.weight}',
                bias=f'{weights.path}.{weights.bias}')
            changed = layer.change(**{
                key: state[entry]
                for key, entry in entries.items()
            })
            for key, entry in entries.items():
                state[entry] = changed[key].detach()
