"""Frozen tensors are one if type, place and every byte are the same."""
import gc

import torch
from torch import nn

from protune_mm.tuning.shared_tensors import SharedTensors


class Half(nn.Module):
    """Frozen but for its second layer."""

    def __init__(self, dtype=torch.float32):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 2, dtype=dtype).requires_grad_(False)
        self.first.weight.copy_(torch.arange(48).view(4, 3, 2, 2))
        self.second = nn.BatchNorm2d(4)

    def trained_parts(self):
        return ['second']


def shared(*models):
    store = SharedTensors()
    for model in models:
        store.share(model)
    return store


def test_frozen_ones_alone():
    one, other = Half(), Half()
    other.first.bias.copy_(one.first.bias)
    shared(one, other)
    assert one.first.weight is other.first.weight
    assert one.first.bias is other.first.bias
    for name in ('weight', 'bias', 'running_mean', 'running_var'):
        assert getattr(one.second, name) is not getattr(other.second, name)


def test_what_makes_tensors_differ():
    one, other = Half(), Half()
    store = shared(one)
    other.first.weight[3, 2, 1, 1] += 1
    store.share(other)
    assert one.first.weight is not other.first.weight
    half = Half(torch.bfloat16)
    store.share(half)
    assert half.first.weight.dtype == torch.bfloat16
    strided = Half()
    strided.first.to(memory_format=torch.channels_last)
    store.share(strided)
    assert one.first.weight is not strided.first.weight
    buffer = Half()
    del buffer.first.bias
    buffer.first.register_buffer('bias', one.first.bias.data.clone())
    store.share(buffer)
    assert not isinstance(buffer.first.bias, nn.Parameter)


def test_minus_zero_is_another_number():
    one, other = Half(), Half()
    one.first.weight[0, 0, 0, 0] = -0.
    shared(one, other)
    assert one.first.weight is not other.first.weight


def test_nothing_is_kept_alive():
    one, other = Half(), Half()
    store = shared(one, other)
    assert store._tensors
    del one
    gc.collect()
    assert any(other.first.weight is x for x in store._tensors.values())
    del other
    gc.collect()
    assert not store._tensors
