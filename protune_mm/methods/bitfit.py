"""BitFit: the host's biases train."""
from typing import Dict, Sequence

from mmengine.registry import MODELS
from torch import Tensor, nn

from protune_mm.hosts import Sites
from .inside_blocks import parameter_names
from .method import Method


@MODELS.register_module()
class BitFit(Method):
    """Trains the biases of linear layers, convolutions and norms.

    Nothing is added, and running statistics stay. Of a CNN whose convolutions
    have no bias, these are the biases of its norms. Source:
    https://arxiv.org/abs/2106.10199, section 2.
    """

    needs_host = True

    def insert(self, sites: Sites) -> None:
        """Add nothing; see :class:`Method`."""

    def trains(self, sites: Sites) -> Sequence[str]:
        """Return the biases that reach an output."""
        return parameter_names(
            sites.backbone,
            sites.weights(trained=True, plain=False),
            biases_only=True)

    def merge(self, backbone: nn.Module, state: Dict[str, Tensor]) -> None:
        """Change nothing: the biases are the stock backbone's own."""
