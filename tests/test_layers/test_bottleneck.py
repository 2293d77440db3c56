import torch

from protune_mm.layers import Bottleneck


def test_a_scaled_bottleneck():
    layer = Bottleneck(8, 3, dict(type='ReLU'), scale=.1)
    assert sum(p.numel() for p in layer.parameters()) == 2 * 8 * 3 + 3 + 8
    x = torch.rand(2, 5, 8)
    assert not layer(x).any()
    torch.nn.init.normal_(layer.up.weight)
    hidden = (x @ layer.down.weight.T + layer.down.bias).clamp(min=0)
    torch.testing.assert_close(
        layer(x), .1 * (hidden @ layer.up.weight.T + layer.up.bias))
