import torch
from mmengine.registry import MODELS
from torch import nn

from protune_mm.hosts.map_graph import MapGraph
from protune_mm.models import build_protune_backbone


class Step(nn.Module):

    def __init__(self, stride):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, stride, 1)

    def forward(self, x):
        return self.conv(x)


@MODELS.register_module()
class Forked(nn.Module):
    """A path to the output, one beside it, one that runs twice, one in vain.
    """

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3)
        self.first, self.beside = Step(2), Step(2)
        self.twice, self.vain, self.last = Step(1), Step(2), Step(2)

    def forward(self, x):
        x = self.stem(x)
        x = self.first(x) + self.beside(x)
        self.vain(x)
        return self.last(self.twice(self.twice(x)))


def graph():
    model = build_protune_backbone(Forked, methods=())
    return MapGraph(model)


def test_maps_that_reach_the_output_once():
    found = graph()
    paths = [found.met[i].path for i in found.reaching()]
    assert paths == ['first', 'beside', 'last']
    sizes = {met.path: met.size for met in found.met}
    assert sizes['first'] == sizes['beside'] != sizes['last']
    assert all(met.channels == 4 for met in found.met)


def test_what_depends_on_what():
    found = graph()
    first, beside, last = found.reaching()
    assert found.depends(last, first) and found.depends(last, beside)
    assert not found.depends(beside, first)


def test_it_leaves_no_hook():
    model = build_protune_backbone(Forked, methods=())
    MapGraph(model)
    assert not any(m._forward_hooks or m._forward_pre_hooks
                   for m in model.modules())
    assert isinstance(model(torch.rand(1, 3, 32, 32)), torch.Tensor)
