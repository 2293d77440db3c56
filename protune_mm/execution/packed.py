"""What stands for a tensor between forward and backward."""
from typing import Any, NamedTuple, Tuple

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


class Signs(NamedTuple):
    """Where a tensor is above zero, one bit an element.

    Args:
        bits (Tensor): Type uint8; row ``i`` of eight is bit ``i``.
        shape (Shape): Form of the tensor.
    """
    bits: Tensor
    shape: Shape

    @classmethod
    def of(cls, tensor: Tensor) -> 'Signs':
        """Keep where a tensor is above zero, or not a number."""
        # Its storage has no gaps, whatever the tensor's has.
        mask = (tensor <= 0).logical_not_()
        count = mask.numel()
        flat = mask.as_strided((count, ), (1, )).view(torch.uint8)
        if count % 8:
            flat = F.pad(flat, (0, -count % 8))
        rows = flat.view(8, -1)
        bits, row = rows[0].clone(), torch.empty_like(rows[0])
        for i in range(1, 8):
            bits |= torch.bitwise_left_shift(rows[i], i, out=row)
        shape = Shape(tensor.shape, mask.stride(), tensor.dtype, tensor.device)
        return cls(bits, shape)

    def restore(self) -> Tensor:
        """Return a tensor that is one there and zero elsewhere."""
        bits = self.bits
        flat = torch.empty(
            8, len(bits), dtype=self.shape.dtype, device=bits.device)
        row = torch.empty_like(bits)
        for i in range(8):
            torch.bitwise_right_shift(bits, i, out=row)
            flat[i] = row.bitwise_and_(1)
        return flat.as_strided(self.shape.size, self.shape.stride)


def restore(packed: Any) -> Tensor:
    """Return a tensor from what was kept of it, or as it was kept."""
    if isinstance(packed, (Shape, Signs)):
        return packed.restore()
    return packed
