"""Deltas: of a model's state, what its bases do not have."""
from typing import Dict, List, Mapping, Tuple

from torch import Tensor, nn

from .base import BASE


def tuned_parts(model: nn.Module) -> Dict[str, nn.Module]:
    """Find the backbones of a model that are frozen.

    Args:
        model (nn.Module): Any model.

    Returns:
        dict[str, nn.Module]: By their paths, '' for the model itself.
    """
    return {
        path: part
        for path, part in model.named_modules()
        if getattr(part, 'trained_parts', lambda: None)() is not None
    }


def delta_of(model: nn.Module,
             state: Mapping[str, Tensor],
             prefix: str = '') -> Tuple[Dict[str, Tensor], List[str]]:
    """Leave the frozen entries of bases out of a state.

    Args:
        model (nn.Module): Any model; parts of it with an attribute ``base``
            are its tuned backbones.
        state (Mapping[str, Tensor]): Entries of the model, or of an average
            of it. It stays as it is.
        prefix (str): What the model's names begin with there. Default: ''.

    Returns:
        tuple[dict, list[str]]: The other entries, and for each base its
        identity; and the frozen parts that stay in it whole, because nothing
        tells where their weights come from.
    """
    kept, whole = dict(state), []
    for path, part in tuned_parts(model).items():
        place = prefix + (f'{path}.' if path else '')
        if part.base is None or not part.base.holds(state, place):
            whole.append(path or type(part).__name__)
            continue
        for name in part.base.names:
            del kept[place + name]
        kept[place + BASE] = part.base.encode()
    return kept, whole


def is_delta(state: Mapping[str, Tensor]) -> bool:
    """Tell whether a state holds only what was trained.

    Args:
        state (Mapping[str, Tensor]): Entries of a checkpoint.

    Returns:
        bool: Whether it names a base.
    """
    return any(name.split('.')[-1] == BASE for name in state)
