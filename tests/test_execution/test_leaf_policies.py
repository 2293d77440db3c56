"""What frozen leaf modules keep, and that their gradients stay."""
import copy

import pytest
import torch
from mmcv.cnn.bricks import wrappers
from torch import nn

from protune_mm.costs import LiveBytes
from protune_mm.execution import policy_of, slim

IMAGE = (2, 8, 9, 11)
# A module, the shape of its input, and the share that it may keep of that.
CONVOLUTIONS = [
    (nn.Conv2d(8, 8, 3), IMAGE),
    (nn.Conv2d(8, 6, 3, stride=2, padding=1, bias=False), IMAGE),
    (nn.Conv2d(8, 8, 3, dilation=2, groups=4), IMAGE),
    (nn.Conv2d(8, 8, 3, padding=1, padding_mode='reflect'), IMAGE),
    (nn.Conv2d(8, 8, 1), IMAGE),
    (nn.Conv1d(8, 6, 3), (2, 8, 33)),
    (nn.Conv3d(4, 6, 3), (2, 4, 5, 6, 7)),
    (nn.ConvTranspose2d(8, 6, 3, stride=2), IMAGE),
    (wrappers.Conv2d(8, 6, 3), IMAGE),
]
NORMS = [
    (nn.BatchNorm1d(8), (5, 8)),
    (nn.BatchNorm2d(8), IMAGE),
    (nn.BatchNorm2d(8, affine=False), IMAGE),
    (nn.SyncBatchNorm(8), IMAGE),
]
REST = [
    (nn.ReLU(), IMAGE),
    (nn.ReLU(), (2, 8, 8, 8)),
    (nn.ReLU(inplace=True), IMAGE),
    (nn.AvgPool2d(2), IMAGE),
]


def gradient(module, x, order):
    x = x.clone().to(memory_format=order) if x.dim() == 4 else x.clone()
    x.requires_grad_()
    known = [*module.parameters(), *module.buffers(), x]
    with LiveBytes(known) as live:
        y = module(x * 1)  # not a leaf, which may not change in place
        loss = (y * torch.arange(y.numel()).view_as(y) % 7).mean()
        out = y.detach().clone()
        del y
        kept = live.now - out.nbytes
        loss.backward()
    return out, x.grad, kept


@pytest.mark.parametrize(
    'order', [torch.contiguous_format, torch.channels_last], ids=str)
@pytest.mark.parametrize(
    'module, shape', CONVOLUTIONS + NORMS + REST, ids=lambda x: str(x)[:60])
def test_same_bits_and_little_kept(module, shape, order):
    torch.manual_seed(0)
    module = copy.deepcopy(module).requires_grad_(False).eval()
    for buffer in module.buffers():
        if buffer.dtype.is_floating_point:
            buffer.uniform_(.5, 1.5)
    x = torch.randn(shape)
    x[0, 0] = 0  # where a ReLU bends
    out, grad, kept = gradient(module, x, order)
    other = copy.deepcopy(module)
    assert slim(other)
    lean_out, lean_grad, lean_kept = gradient(other, x, order)
    assert torch.equal(out, lean_out)
    assert torch.equal(grad, lean_grad)
    # The loss keeps two values an element of the output.
    assert lean_kept < kept


def test_a_relu_passes_what_is_no_number():
    module = nn.ReLU()
    slim(module)
    x = torch.tensor([float('nan'), 1., -1., 0.], requires_grad=True)
    module(x).backward(torch.ones(4))
    expected = torch.tensor([float('nan'), 1., -1., 0.], requires_grad=True)
    torch.relu(expected).backward(torch.ones(4))
    assert torch.equal(x.grad, expected.grad)


@pytest.mark.parametrize(
    'module', [nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8)], ids=str)
def test_what_trains_keeps_its_input(module):
    """Else the gradient of its weight would be wrong."""
    module, x = copy.deepcopy(module).eval(), torch.randn(IMAGE)
    other = copy.deepcopy(module)
    slim(other)
    for one in (module, other):
        one(x.requires_grad_()).square().mean().backward()
    assert torch.equal(module.weight.grad, other.weight.grad)


def test_a_norm_by_statistics_of_the_batch_keeps_its_input():
    module = nn.BatchNorm2d(8).requires_grad_(False)
    other = copy.deepcopy(module)
    slim(other)
    grads = []
    for one in (module, other):
        x = torch.randn(IMAGE, generator=torch.manual_seed(0))
        one(x.requires_grad_()).square().mean().backward()
        grads.append(x.grad)
    assert torch.equal(*grads)


class Gated(nn.Conv2d):
    """Computes more than its base class, and needs its input."""

    def forward(self, x):
        return super().forward(x) * x.mean(1, keepdim=True)[:, :, 1:-1, 1:-1]


def test_a_subclass_is_not_taken_for_its_base():
    assert policy_of(Gated(8, 8, 3)) is None
    assert not slim(Gated(8, 8, 3))


def test_the_smallest_input():
    module = nn.ReLU()
    slim(module, smallest=1000)
    kept = [
        gradient(module, torch.randn(shape), torch.contiguous_format)[2]
        for shape in ((2, 8, 7, 8), (2, 8, 8, 8))
    ]
    # Of 896 elements all is kept, of 1024 a bit each.
    assert kept[0] > kept[1]
