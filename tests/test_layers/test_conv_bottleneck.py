import pytest
import torch
from torch import nn

from protune_mm.layers import ConvBottleneck


@pytest.mark.parametrize('more', [
    dict(stride=2, padding=1),
    dict(padding=2, dilation=2),
    dict(padding=1, groups=4, bias=False)
])
def test_of_the_form_of_the_convolution(more):
    conv = nn.Conv2d(8, 12, 3, **more)
    layer = ConvBottleneck(conv, 4, dict(type='ReLU'))
    width = 2
    expected = 9 * 8 + width + width * 12 + 12 + 12
    assert sum(p.numel() for p in layer.parameters()) == expected
    x = torch.rand(2, 8, 11, 11)
    assert layer(x).shape == conv(x).shape
    assert not layer(x).any()
    nn.init.ones_(layer.up.weight)
    assert layer(x).any()
