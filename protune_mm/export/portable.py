"""Parts of hosts that no graph of free sizes can hold, written otherwise."""
import torch
from torch import Tensor, nn


def _shares(length: int, bins: int, like: Tensor) -> Tensor:
    """Return what of a row each bin of an adaptive pooling averages.

    Args:
        length (int): Pixels of the row, L.
        bins (int): How many averages, N.
        like (Tensor): Of the type that is wanted.

    Returns:
        Tensor: Shape ``(N, L)``; each row adds up to one.
    """
    pixel = torch.arange(length, device=like.device)
    index = torch.arange(bins, device=like.device)[:, None]
    begin = index * length // bins
    end = ((index + 1) * length + bins - 1) // bins
    inside = ((pixel >= begin) & (pixel < end)).type_as(like)
    return inside / inside.sum(1, keepdim=True)


class AveragePooling(nn.Module):
    """``AdaptiveAvgPool2d`` as two products of matrices.

    ONNX has no adaptive pooling, and torch writes it as a plain one only if
    the map's size is known and a multiple of the output's.

    Args:
        height (int): Of the output, N.
        width (int): Of the output, M.
    """

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.size = height, width

    def forward(self, x: Tensor) -> Tensor:
        """Return averages ``(B, C, N, M)`` of a map ``(B, C, H, W)``."""
        rows = _shares(x.shape[2], self.size[0], x)
        columns = _shares(x.shape[3], self.size[1], x)
        return rows @ x @ columns.t()


def window_reverse(windows: Tensor, height: int, width: int, *size:
                   int) -> Tensor:
    """Join the windows of a Swin Transformer, for batches of any size.

    Those of the hosts compute the number of images as a constant.

    Args:
        windows (Tensor): Shape ``(B * windows, S, S, C)``.
        height (int): Of the map, H.
        width (int): Of the map, W.
        *size (int): S, which mmpretrain gives.

    Returns:
        Tensor: The map ``(B, H, W, C)``.
    """
    edge, channels = windows.shape[2:]
    x = windows.view(-1, height // edge, width // edge, edge, edge, channels)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, height, width, channels)


def make_portable(model: nn.Module) -> nn.Module:
    """Replace what no graph of free sizes can hold by what computes the same.

    Args:
        model (nn.Module): Changed in place.

    Returns:
        nn.Module: The model.
    """
    for parent in list(model.modules()):
        if hasattr(parent, 'window_reverse'):
            parent.window_reverse = window_reverse
        for name, child in parent.named_children():
            if not isinstance(child, nn.AdaptiveAvgPool2d):
                continue
            size = child.output_size
            size = size if isinstance(size, tuple) else (size, size)
            # A mean over the map is known to ONNX; None keeps an edge.
            if size != (1, 1) and None not in size:
                setattr(parent, name, AveragePooling(*size))
    return model
