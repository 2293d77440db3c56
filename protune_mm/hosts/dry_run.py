"""Sending an image through a backbone of which little is known."""
from itertools import product
from typing import Any, Callable, Iterator, List, Tuple

import torch
from torch import Tensor, nn

from protune_mm.errors import UserError

# Most take any of them, some only that of their pre-training.
IMAGE_SIZES = (224, 256, 384, 448, 512)
# Where hosts and timm keep that of their pre-training.
SIZE_NAMES = ('pretrain_img_size', 'img_size', 'init_input_size')

Size = Tuple[int, int]


def _own_sizes(backbone: nn.Module) -> Iterator[Any]:
    """Find what a backbone, a wrapped one or its patch embedding says."""
    for module in backbone.modules():
        if not (module in (backbone, *backbone.children())
                or hasattr(module, 'patch_embed')):
            continue
        for part in (module, getattr(module, 'patch_embed', None)):
            for name in SIZE_NAMES:
                yield getattr(part, name, None)
        # timm: (channels, height, width).
        cfg = getattr(module, 'default_cfg', None) or {}
        yield cfg.get('input_size', (None, ))[1:]


def image_sizes(backbone: nn.Module) -> List[Size]:
    """List image sizes that a backbone may take.

    Args:
        backbone (nn.Module): Any backbone.

    Returns:
        list[tuple[int, int]]: Height and width; first those that the backbone
        itself names, then usual ones.
    """
    sizes, found = [], [*_own_sizes(backbone), *IMAGE_SIZES]
    # timm: takes any, and its own may be large.
    if any(getattr(m, 'dynamic_img_size', False) for m in backbone.modules()):
        found = [*IMAGE_SIZES, *found]
    for size in found:
        if isinstance(size, int):
            size = (size, )
        if isinstance(size, (tuple, list)) and len(size) in (1, 2):
            sizes.append((size[0], size[-1]))
    return list(dict.fromkeys(sizes))


def noise(*size: int, device: torch.device) -> Tensor:
    """Make an image of noise, the same each time.

    Args:
        *size (int): Its shape.
        device (torch.device): Where it is needed.

    Returns:
        Tensor: Of mean 0 and standard deviation 1, as normed images are.
    """
    generator = torch.Generator().manual_seed(0)
    return torch.randn(size, generator=generator).to(device)


def dry_run(backbone: nn.Module,
            begin: Callable[[Size], None],
            image: Callable[..., Tensor] = torch.zeros) -> Any:
    """Send an image through, of a size and with channels that it takes.

    Args:
        backbone (nn.Module): Any backbone.
        begin (Callable): Called with the size before each try.
        image (Callable): Makes it. Default: torch.zeros.

    Returns:
        Its output.

    Raises:
        UserError: If there is no such image.
    """
    first = next((m for m in backbone.modules() if isinstance(m, nn.Conv2d)),
                 None)
    channels = list(dict.fromkeys((3, first.in_channels if first else 3)))
    device = next(backbone.parameters()).device
    sizes = image_sizes(backbone)
    for size, width in product(sizes, channels):
        begin(size)
        try:
            return backbone(image(1, width, *size, device=device))
        except UserError:
            raise
        except (RuntimeError, AssertionError, ValueError) as error:
            reason = error
    tried = ', '.join(f'{height} x {width}' for height, width in sizes)
    bands = ' or '.join(map(str, channels))
    raise UserError(
        f'{type(backbone).__name__} takes no image of {bands} channels and '
        f'{tried} px, so that where methods act on it cannot be found out: '
        f'{reason}')
