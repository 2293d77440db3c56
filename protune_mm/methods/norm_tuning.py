"""Norm tuning: the host's norms train, their statistics do not."""
from typing import Dict, Sequence

from mmcv.cnn import is_norm
from mmengine.registry import MODELS
from torch import Tensor, nn

from protune_mm.errors import UserError
from protune_mm.hosts import Sites
from .inside_blocks import parameter_names
from .method import Method


@MODELS.register_module()
class NormTuning(Method):
    """Trains weight and bias of every norm; running statistics stay.

    Source: https://arxiv.org/abs/2003.00152, section 3, of batch norms.

    Raises:
        UserError: If the backbone has no norms.
    """

    needs_host = True

    def insert(self, sites: Sites) -> None:
        """Add nothing; see :class:`Method`."""

    def trains(self, sites: Sites) -> Sequence[str]:
        """Return the parameters of the norms that reach an output."""
        backbone = sites.backbone
        norms = [
            w for w in sites.weights(trained=True, plain=False)
            if is_norm(backbone.get_submodule(w.path))
        ]
        if not norms:
            raise UserError(f'NormTuning finds no norm with weights in this '
                            f'{type(backbone).__name__}: choose another '
                            'method.')
        return parameter_names(backbone, norms, biases_only=False)

    def merge(self, backbone: nn.Module, state: Dict[str, Tensor]) -> None:
        """Change nothing: the norms are the stock backbone's own."""
