"""Max pooling without the places of maxima: the same values."""
import copy

import pytest
import torch
from torch import nn
from torch.fx import symbolic_trace

from protune_mm.execution import quicken_pool

POOLS = [
    dict(kernel_size=3, stride=2, padding=1),
    dict(kernel_size=2),
    dict(kernel_size=(3, 2), stride=(1, 2), padding=(1, 0)),
    dict(kernel_size=1, stride=2),
    # Left to torch.
    dict(kernel_size=3, stride=2, ceil_mode=True),
    dict(kernel_size=3, dilation=2),
]
FORMS = [(2, 3, 16, 16), (1, 2, 7, 11), (3, 9, 9), (0, 3, 8, 8)]


def both(**options):
    usual, quick = nn.MaxPool2d(**options), nn.MaxPool2d(**options)
    quicken_pool(quick)
    return usual, quick


@pytest.mark.parametrize('options', POOLS, ids=str)
@pytest.mark.parametrize('form', FORMS, ids=str)
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16], ids=str)
def test_same_values(options, form, dtype):
    usual, quick = both(**options)
    x = torch.randn(form, dtype=dtype)
    # A net that diverged must not look as if it had not.
    x.view(-1)[20:21] = float('nan')
    expected, found = usual(x), quick(x)
    torch.testing.assert_close(found, expected, rtol=0, atol=0, equal_nan=True)
    assert found.stride() == expected.stride()


def test_looks_for_places_only_with_a_gradient(monkeypatch):
    _, quick = both(**POOLS[0])
    calls = []
    monkeypatch.setattr(nn.MaxPool2d, 'forward',
                        lambda self, x: calls.append(1) or x)
    x = torch.randn(1, 2, 8, 8)
    quick(x)
    assert not calls
    # As part of a network in channels_last, torch's own is as quick.
    for other in (x.clone().requires_grad_(),
                  x.to(memory_format=torch.channels_last)):
        quick(other)
    assert len(calls) == 2


def test_follows_copies_and_is_traced():
    usual, quick = both(**POOLS[0])
    quick = copy.deepcopy(nn.Sequential(quick))
    quick[0].kernel_size = usual.kernel_size = 2
    quick[0].padding = usual.padding = 0
    x = torch.randn(2, 3, 16, 16)
    assert torch.equal(quick(x), usual(x))
    graph = symbolic_trace(quick)
    assert torch.equal(graph(x), usual(x))


def test_other_modules_stay():
    for module in (nn.AvgPool2d(2), nn.MaxPool1d(2)):
        quicken_pool(module)
        assert 'forward' not in vars(module)
