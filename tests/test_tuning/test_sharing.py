"""Tensors that several modules hold."""
from torch import nn

from protune_mm.tuning.sharing import share


def test_share():
    one, other = (nn.Sequential(nn.BatchNorm2d(2)) for _ in range(2))
    share(one, other, '0.weight')
    share(one, other, '0.running_mean')
    assert one[0].weight is other[0].weight
    other[0].running_mean += 1
    assert one[0].running_mean.tolist() == [1, 1]
    assert one[0].bias is not other[0].bias
