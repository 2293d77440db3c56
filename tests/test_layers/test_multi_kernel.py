import pytest
import torch
import torch.nn.functional as F

from protune_mm.layers import MultiKernel


@pytest.mark.parametrize('channels', [8, 128])
def test_the_count_of_the_paper(channels):
    layer = MultiKernel(channels)
    assert sum(p.numel() for p in layer.parameters()) == 133 * channels + 9728


def test_what_it_computes():
    layer = MultiKernel(6, width=4).eval()
    x = torch.rand(2, 3 * 5, 6)
    assert not layer(x, (3, 5)).any()
    assert layer.gamma.eq(1e-6).all() and layer.gamma_x.eq(1).all()
    for parameter in layer.parameters():
        torch.nn.init.uniform_(parameter)
    normed = F.layer_norm(x, (6, ), layer.norm.weight, layer.norm.bias)
    maps = layer.down(normed * layer.gamma + x * layer.gamma_x)
    maps = maps.view(2, 3, 5, 4).permute(0, 3, 1, 2)
    mixed = maps + sum(
        F.conv2d(maps, c.weight, c.bias, padding=k // 2, groups=4)
        for c, k in zip(layer.convs, (3, 5, 7))) / 3
    mixed = mixed + F.conv2d(mixed, layer.mix.weight, layer.mix.bias)
    expected = layer.up(F.gelu(mixed.permute(0, 2, 3, 1).reshape(2, 15, 4)))
    torch.testing.assert_close(layer(x, (3, 5)), expected)


def test_dropout_is_of_training():
    layer = MultiKernel(6)
    torch.nn.init.ones_(layer.up.weight)
    x = torch.rand(1, 4, 6)
    assert not torch.equal(layer(x, (2, 2)), layer(x, (2, 2)))
