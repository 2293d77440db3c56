import torch
from mmengine.registry import MODELS
from torch import nn

from protune_mm.hosts.unused import find_unused
from protune_mm.models import build_protune_backbone


@MODELS.register_module()
class WithSpareParts(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3)
        self.pair = nn.ModuleDict(
            dict(used=nn.Conv2d(4, 4, 1), spare=nn.Conv2d(4, 4, 1)))
        self.spare = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4))

    def forward(self, x):
        x = self.stem(x)
        self.spare(x)
        return self.pair['used'](x)


def test_what_reaches_no_output_and_what_holds_nothing_else():
    model = build_protune_backbone(WithSpareParts, methods=())
    before = [p.requires_grad for p in model.parameters()]
    found = find_unused(model)
    assert found == ['pair.spare', 'spare', 'spare.0', 'spare.1']
    assert [p.requires_grad for p in model.parameters()] == before
    assert all(p.grad is None for p in model.parameters())


def test_methods_leave_it_out():
    model = build_protune_backbone(
        WithSpareParts, methods=[dict(type='BitFit')])
    trained = [n for n, p in model.named_parameters() if p.requires_grad]
    assert trained == ['stem.bias', 'pair.used.bias']
    model.train()(torch.rand(1, 3, 8, 8)).sum().backward()
    assert all(model.get_parameter(n).grad is not None for n in trained)
