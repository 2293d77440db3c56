"""Quick ways on a CPU compute what torch's own do."""
import copy
import pickle

import pytest
import torch
from torch import nn
from torchvision.ops.misc import SqueezeExcitation

from protune_mm.layers.quick_convolutions import (depthwise_conv, grouped_conv,
                                                  quicken_gate)


def torchs(conv):
    """The same module without the quick way."""
    other = copy.deepcopy(conv)
    del other.forward
    return other


def gradients(conv, x):
    x = x.clone().requires_grad_()
    y = conv(x)
    (y * torch.arange(y.numel(), dtype=y.dtype).view_as(y).sin()).sum() \
        .backward()
    return y.detach(), x.grad, *[p.grad for p in conv.parameters()]


SHAPES = [(2, 8, 9, 11), (1, 8, 1, 1), (3, 8, 2, 1), (2, 64, 3, 3)]


@pytest.mark.parametrize('shape', SHAPES, ids=str)
@pytest.mark.parametrize('kernel', [1, 3, 5, 7])
def test_depthwise(shape, kernel):
    conv = depthwise_conv(shape[1], kernel).double()
    x = torch.randn(shape, dtype=torch.double)
    for one, other in zip(gradients(conv, x), gradients(torchs(conv), x)):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize('shape', SHAPES, ids=str)
@pytest.mark.parametrize('groups', [1, 4, 8])
def test_grouped(shape, groups):
    """Maps of more pixels than a group has channels, and of fewer."""
    conv = grouped_conv(shape[1], groups).double()
    x = torch.randn(shape, dtype=torch.double)
    for one, other in zip(gradients(conv, x), gradients(torchs(conv), x)):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(
    'conv', [depthwise_conv(8, 5), grouped_conv(8, 4)], ids=str)
def test_what_it_is(conv):
    assert type(conv) is nn.Conv2d  # as tools expect that fuse or trace
    x = torch.randn(2, 8, 6, 6)
    clone = pickle.loads(pickle.dumps(conv))
    assert torch.equal(clone(x), conv(x))
    with torch.no_grad():
        clone.weight.add_(1)
    assert not torch.equal(clone(x), conv(x))
    channels_last = x.to(memory_format=torch.channels_last)
    torch.testing.assert_close(conv(channels_last), conv(x))


@pytest.mark.parametrize(
    'make', [lambda: depthwise_conv(4, 5), lambda: grouped_conv(4, 2)])
def test_second_derivative(make):
    conv = make().double()
    x = torch.randn(1, 4, 3, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradgradcheck(conv, x)


def test_a_folded_norm_leaves_a_bias():
    conv = depthwise_conv(4, 5)
    conv.bias = nn.Parameter(torch.ones(4))
    x = torch.randn(1, 4, 6, 6)
    torch.testing.assert_close(conv(x), torchs(conv)(x))


def test_gate():
    gate = quicken_gate(SqueezeExcitation(8, 2)).double()
    torchs_own = copy.deepcopy(gate)
    for conv in (torchs_own.fc1, torchs_own.fc2):
        del conv.forward
    x = torch.randn(3, 8, 5, 4, dtype=torch.double)
    for one, other in zip(gradients(gate, x), gradients(torchs_own, x)):
        torch.testing.assert_close(one, other)
    # A gate of its own for each pixel is a convolution still.
    torch.testing.assert_close(gate.fc1(x), torchs_own.fc1(x))
    clone = pickle.loads(pickle.dumps(gate))
    with torch.no_grad():
        clone.fc1.weight.add_(1)
    assert not torch.equal(clone(x), gate(x))
