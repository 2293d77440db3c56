"""What stands for a tensor between forward and backward."""
from functools import lru_cache
from typing import Any, NamedTuple, Tuple

import torch
from torch import Tensor
from torch.nn import functional as F

# By which eight bytes of 0 or 1 are multiplied to gather them in one, the
# first as its highest bit: 0x8040201008040201, as a number with a sign.
GATHER = 0x8040201008040201 - 2**64


class Shape(NamedTuple):
    """The form of a tensor whose values backward does not need.

    Args:
        size (torch.Size): Its size.
        stride (tuple[int, ...]): Its strides, by which kernels are chosen.
        dtype (torch.dtype): Its type.
        device (torch.device): Its device.
    """
    size: torch.Size
    stride: Tuple[int, ...]
    dtype: torch.dtype
    device: torch.device

    @classmethod
    def of(cls, tensor: Tensor) -> 'Shape':
        """Keep the form of a tensor."""
        return cls(tensor.shape, tensor.stride(), tensor.dtype, tensor.device)

    def restore(self) -> Tensor:
        """Return a tensor of this form, whatever its values."""
        tensor = torch.empty_strided(
            self.size, self.stride, dtype=self.dtype, device=self.device)
        # Of a second derivative, formulas multiply the values by zero.
        return tensor.zero_() if torch.is_grad_enabled() else tensor


def _pack(mask: Tensor) -> Tensor:
    """Pack a flat mask into bits, eight consecutive elements to a byte."""
    # The product has them in its highest byte, in memory the last of eight.
    return (mask.view(torch.int64) * GATHER).view(torch.uint8)[7::8].clone()


@lru_cache(maxsize=None)
def _bytes_unpacked(dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return what each byte stands for, ``(256, 8)``."""
    places = torch.arange(7, -1, -1)
    bits = torch.arange(256)[:, None].bitwise_right_shift(places) & 1
    return bits.to(device, dtype)


class Mask(NamedTuple):
    """Where a tensor is not zero, one bit an element.

    Args:
        bits (Tensor): Type uint8.
        shape (Shape): Form of the tensor.
    """
    bits: Tensor
    shape: Shape

    @classmethod
    def of(cls, tensor: Tensor) -> 'Mask':
        """Keep where a tensor is not zero; what is no number is not."""
        mask = tensor.bool()
        shape = Shape(tensor.shape, mask.stride(), tensor.dtype, tensor.device)
        # A storage has no gaps, whatever the order of its dimensions.
        flat = mask.as_strided((mask.numel(), ), (1, ))
        if len(flat) % 8:
            flat = F.pad(flat, (0, -len(flat) % 8))
        return cls(_pack(flat), shape)

    def restore(self) -> Tensor:
        """Return a tensor that is one there and zero elsewhere."""
        shape = self.shape
        table = _bytes_unpacked(shape.dtype, shape.device)
        flat = F.embedding(self.bits.int(), table)
        return flat.as_strided(shape.size, shape.stride)


def restore(packed: Any) -> Tensor:
    """Return a tensor from what was kept of it, or as it was kept."""
    if isinstance(packed, (Shape, Mask)):
        return packed.restore()
    return packed
