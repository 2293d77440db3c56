"""The norms of prompt blocks: torch's numbers, statistics apart."""
import copy

import pytest
import torch
from torch import nn

from protune_mm.layers.prompt_norm import apply_norm, quicken


def run(norm, x):
    x = x.clone().requires_grad_()
    y = apply_norm(norm, x)
    (y * y.detach().sin()).sum().backward()
    grads = [p.grad for p in norm.parameters()]
    return [y.detach(), x.grad, *grads, *norm.buffers()]


@pytest.mark.parametrize(
    'norm', [
        nn.BatchNorm2d(6),
        nn.BatchNorm2d(6, momentum=.3, eps=1e-2),
        nn.BatchNorm2d(6, momentum=None),
        nn.BatchNorm2d(6, affine=False),
        nn.BatchNorm2d(6, track_running_stats=False),
        nn.BatchNorm2d(6).eval(),
        nn.GroupNorm(2, 6),
    ],
    ids=str)
@pytest.mark.parametrize('shape', [(2, 6, 5, 7), (1, 6, 1, 2)], ids=str)
def test_torchs_numbers(norm, shape):
    norm = copy.deepcopy(norm).double()
    for parameter in norm.parameters():
        nn.init.uniform_(parameter)
    quick = quicken(copy.deepcopy(norm))
    x = torch.randn(shape, dtype=torch.double) + 1
    for _ in range(2):  # statistics move
        for one, other in zip(run(norm, x), run(quick, x)):
            torch.testing.assert_close(one, other)


def test_hooks_see_it():
    norm, seen = quicken(nn.BatchNorm2d(6)), []
    norm.register_forward_hook(lambda *args: seen.append(1))
    apply_norm(norm, torch.randn(2, 6, 3, 3))
    assert seen


def test_one_value_a_channel_takes_running_statistics():
    norm = quicken(nn.BatchNorm2d(6))
    norm.running_mean.fill_(2)
    x = torch.randn(1, 6, 1, 1)
    expected = nn.functional.batch_norm(x, norm.running_mean, norm.running_var)
    assert torch.equal(apply_norm(norm, x), expected)
    assert norm.num_batches_tracked == 0


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision(dtype):
    """A map has more elements than float16 can count."""
    norm = nn.BatchNorm2d(2).to(dtype)
    x = (torch.randn(1, 2, 300, 300) * 3 + 1).to(dtype)
    found, expected = run(quicken(copy.deepcopy(norm)), x), run(norm, x)
    assert all(value.isfinite().all() for value in found)
    torch.testing.assert_close(found[0], expected[0], rtol=.05, atol=.05)
