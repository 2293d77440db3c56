"""Any other backbone: where its stages end is found out by an image."""
from typing import Sequence

from torch import nn

from protune_mm.execution import find_blocks
from .family import Family
from .stage_ends import StageEnds
from .unused import find_unused
from .wrapped import take_plain_names


def last_modules(backbone: nn.Module, number: int) -> Sequence[str]:
    """Find the last blocks on the way to an output.

    Args:
        backbone (nn.Module): Any backbone.
        number (int): How many.

    Returns:
        Sequence[str]: Their paths; none if it has no repeated parts.
    """
    unused = set(find_unused(backbone))
    used = [path for path in find_blocks(backbone) if path not in unused]
    return used[-number:]


UNKNOWN = Family(
    'other backbone',
    stages=StageEnds,
    last_modules=last_modules,
    unused=find_unused,
    convert=take_plain_names)
