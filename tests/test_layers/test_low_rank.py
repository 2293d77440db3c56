import pytest
import torch
from mmengine.model import BaseModule
from torch import nn

from protune_mm.layers import LowRank

LAYERS = [
    nn.Linear(6, 10),
    nn.Conv2d(6, 10, 3, stride=2, padding=1, bias=False),
    nn.Conv2d(6, 12, 3, dilation=2, groups=3),
    nn.Conv2d(8, 4, 1)
]
INPUTS = [torch.rand(2, 5, 6)] + [torch.rand(2, c, 9, 9) for c in (6, 6, 8)]


def low_rank(layer, **more):
    conv = layer if isinstance(layer, nn.Conv2d) else None
    return LowRank(layer.weight, 4, .5, conv=conv, **more)


@pytest.mark.parametrize('layer, x', zip(LAYERS, INPUTS))
def test_its_output_is_that_of_the_changed_weight(layer, x):
    added = low_rank(layer)
    nn.init.normal_(added.up.weight)
    expected = layer(x) + added(x)
    weight = added.change(layer.weight)['weight']
    bias = {} if layer.bias is None else dict(bias=layer.bias)
    found = torch.func.functional_call(layer, dict(weight=weight, **bias), x)
    torch.testing.assert_close(found, expected)


def test_its_first_matrix_starts_as_that_of_a_linear_layer():
    """As in the paper; by mmengine's rule it would be 24 times as large."""
    added = LowRank(torch.empty(768, 768), 8, 1.)
    assert .019 < added.down.weight.std() < .022


@pytest.mark.parametrize('layer, x', zip(LAYERS, INPUTS))
def test_it_starts_without_effect_whatever_the_host_initialises(layer, x):
    added = low_rank(layer)
    host = BaseModule(
        init_cfg=[dict(type='Constant', layer=['Linear', 'Conv2d'], val=3)])
    host.added = added
    host.init_weights()
    assert not added(x).any()
    assert added.down.weight.std() > 0


def test_dropout_is_of_training():
    layer = nn.Linear(6, 10)
    added = low_rank(layer, dropout=.5)
    nn.init.ones_(added.up.weight)
    x = torch.ones(64, 6)
    assert added.train()(x).std(0).sum() > 0
    torch.testing.assert_close(added.eval()(x)[0], added(x)[1])
