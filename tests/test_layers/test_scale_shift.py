import pytest
import torch
from torch import nn

from protune_mm.layers import ScaleShift


@pytest.mark.parametrize('layer, x', [
    (nn.Linear(6, 8), torch.rand(2, 5, 6)),
    (nn.LayerNorm(8), torch.rand(2, 5, 8)),
    (nn.Conv2d(6, 8, 3), torch.rand(2, 6, 5, 8)),
    (nn.BatchNorm2d(8).eval(), torch.rand(2, 8, 8, 8)),
])
def test_its_output_is_that_of_changed_weights(layer, x):
    of_map = x.dim() == 4
    added = ScaleShift(8, of_map)
    assert torch.equal(added(layer(x)), layer(x))
    nn.init.uniform_(added.scale)
    nn.init.uniform_(added.shift)
    expected = added(layer(x))
    changed = added.change(layer.weight, layer.bias)
    found = torch.func.functional_call(layer, changed, x)
    torch.testing.assert_close(found, expected)
