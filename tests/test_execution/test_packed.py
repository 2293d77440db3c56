"""What stands for a tensor, in whatever form it is."""
import pytest
import torch

from protune_mm.execution.packed import Mask, Shape, restore

FORMS = [
    torch.randn(3, 5, 7),
    torch.randn(2, 8, 4, 4),
    torch.randn(2, 3, 5, 5).to(memory_format=torch.channels_last),
    torch.randn(6, 10).t(),
    torch.randn(9, 10)[:, ::2],
    torch.randn(4, 4).to(torch.bfloat16),
    torch.randn(1),
]


@pytest.mark.parametrize('tensor', FORMS, ids=lambda x: str(tuple(x.shape)))
def test_mask(tensor):
    tensor = tensor.relu()
    found = Mask.of(tensor)
    assert found.bits.numel() == -(-tensor.numel() // 8)
    back = restore(found)
    assert back.dtype == tensor.dtype
    assert torch.equal(back, (tensor > 0).to(tensor.dtype))


@pytest.mark.parametrize('tensor', FORMS, ids=lambda x: str(tuple(x.shape)))
def test_shape(tensor):
    back = restore(Shape.of(tensor))
    assert back.shape == tensor.shape and back.dtype == tensor.dtype
    assert back.stride() == tensor.stride()
    assert not torch.is_grad_enabled() or back.eq(0).all()


def test_every_byte():
    bits = torch.arange(256)[:, None].bitwise_right_shift(torch.arange(8)) & 1
    found = Mask.of(bits.float())
    assert found.bits.dtype == torch.uint8
    assert len(found.bits.unique()) == 256
    assert torch.equal(restore(found), bits.float())


def test_what_was_not_packed():
    tensor = torch.randn(3)
    assert restore(tensor) is tensor
