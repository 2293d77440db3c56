"""A tuning method of somebody else's: a scale for each stage's channels."""
import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from protune_mm.models import Method


class Scale(nn.Module):
    """Multiplies the channels of a map by weights that start at one."""

    def __init__(self, channels: int, start: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels, 1, 1), start))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight


@MODELS.register_module()
class StageScale(Method):
    """Scales the channels of each stage."""
    part = 'scales'

    def __init__(self, stages=None, start=1.) -> None:
        self.stages, self.start = stages, start

    def insert(self, sites) -> None:
        paths = sites.stages(self.stages)
        for path, channels in sites.channels(paths).items():
            name = path.replace('.', '_')
            sites.add(self.part, name, Scale(channels, self.start))
            sites.on_map(path, self.part, name)
