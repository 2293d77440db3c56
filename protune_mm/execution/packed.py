"""What stands for a tensor between forward and backward."""
from typing import Any, NamedTuple, Tuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


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
    """Pack a flat mask into bits; of eight rows, row ``i`` is bit ``i``."""
    rows = mask.view(torch.uint8).view(8, -1)
    bits, row = rows[0].clone(), torch.empty_like(rows[0])
    for i in range(1, 8):
        bits |= torch.bitwise_left_shift(rows[i], i, out=row)
    return bits


def _unpack(bits: Tensor) -> Tensor:
    rows = torch.empty(8, len(bits), dtype=torch.uint8, device=bits.device)
    for i in range(8):
        torch.bitwise_right_shift(bits, i, out=rows[i]).bitwise_and_(1)
    return rows.view(-1)


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
        if flat.device.type == 'cpu':
            bits = torch.from_numpy(np.packbits(flat.numpy()))
        else:
            bits = _pack(flat)
        return cls(bits, shape)

    def restore(self) -> Tensor:
        """Return a tensor that is one there and zero elsewhere."""
        if self.bits.device.type == 'cpu':
            flat = torch.from_numpy(np.unpackbits(self.bits.numpy()))
        else:
            flat = _unpack(self.bits)
        return flat.as_strided(self.shape.size,
                               self.shape.stride).to(self.shape.dtype)


def restore(packed: Any) -> Tensor:
    """Return a tensor from what was kept of it, or as it was kept."""
    if isinstance(packed, (Shape, Mask)):
        return packed.restore()
    return packed
