import torch

from protune_mm.models import ProTuneResNet
from tests.test_methods.test_lora import vit


def trained(model):
    return [n for n, p in model.named_parameters() if p.requires_grad]


def test_biases_of_the_host():
    model = vit(dict(type='BitFit'))
    assert trained(model) == [
        n for n, _ in model.named_parameters() if n.endswith('bias')
    ]


def test_not_behind_the_last_output():
    model = ProTuneResNet.mmdet(
        depth=18, out_indices=(0, 1), methods=[dict(type='BitFit')])
    assert trained(model)
    assert not any(n.startswith(('layer3', 'layer4')) for n in trained(model))


def test_statistics_stay():
    model = ProTuneResNet.mmdet(
        depth=18, norm_eval=False, methods=[dict(type='BitFit')]).train()
    sum(x.sum() for x in model(torch.rand(2, 3, 64, 64))).backward()
    assert all(model.get_parameter(n).grad is not None for n in trained(model))
    assert model.bn1.running_mean.eq(0).all()
