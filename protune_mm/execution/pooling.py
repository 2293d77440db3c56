"""Max pooling that does not look for the places of its maxima."""
from functools import partial

from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.utils import _pair

from .leaf_policies import is_observed, wants_gradient


def _is_usual(pool: nn.MaxPool2d) -> bool:
    return (_pair(pool.dilation) == (1, 1) and not pool.ceil_mode
            and not pool.return_indices)


def _forward(pool: nn.MaxPool2d, x: Tensor) -> Tensor:
    """Stand in for ``forward``: rows first, then columns."""
    if (is_observed(x) or wants_gradient(x) or x.device.type != 'cpu'
            or not x.is_contiguous() or not _is_usual(pool)):
        return nn.MaxPool2d.forward(pool, x)
    (height, width), (down, right), (above, beside) = map(
        _pair, (pool.kernel_size, pool.stride, pool.padding))
    rows = F.max_pool1d(x.flatten(0, -2)[:, None], width, right, beside)
    rows = rows.view(*x.shape[:-1], rows.shape[-1])
    rows = F.pad(rows, (0, 0, above, above), value=float('-inf'))
    return rows.unfold(-2, height, down).amax(-1)


def quicken_pool(module: nn.Module) -> None:
    """Let a max pooling on a CPU take a tenth of the time, without gradient.

    torch notes the place of each maximum for backward, also where none
    follows. Values are the same.

    Args:
        module (nn.Module): A leaf module, changed in place if it is a
            ``MaxPool2d``.
    """
    if type(module) is nn.MaxPool2d and 'forward' not in vars(module):
        # A partial of a module follows its deep copies.
        module.forward = partial(_forward, module)
