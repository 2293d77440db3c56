"""What methods inside the blocks of backbones have in common."""
from math import isfinite
from typing import Any, List, Sequence, Union

from torch import nn

from protune_mm.errors import UserError
from protune_mm.hosts import Sites, Sublayer, Weights
from protune_mm.hosts.sublayers import KINDS

TRANSFORMERS = ('transformers with attention and FFN behind a norm each '
                '(ViT, DeiT, DINOv2, Swin, BEiT, MAE, and those of timm)')
CNNS = 'CNNs (ResNet, ResNeXt, RegNet)'


def key_of(weights: Weights) -> str:
    """Return how a method's part calls what acts on weights."""
    name = weights.path.replace('.', '_')
    # An attention of torch has one beside those of its layers.
    return name if weights.weight == 'weight' else f'{name}_in'


def check_factor(method: str, name: str, value: Any) -> None:
    """Raise if an argument is no number, or zero, which has no effect ever.

    Args:
        method (str): Name of the method, for the message.
        name (str): Name of the argument.
        value: What it is.

    Raises:
        UserError: If it is.
    """
    if not (isinstance(value, (int, float)) and value and isfinite(value)):
        raise UserError(f'{name}={value!r} of {method} must be a number other '
                        'than 0.')


def check_dropout(method: str, value: Any) -> None:
    """Raise if an argument is no probability below 1.

    Args:
        method (str): Name of the method, for the message.
        value: What it is.

    Raises:
        UserError: If it is not.
    """
    if not isinstance(value, (int, float)) or not 0 <= value < 1:
        raise UserError(f'dropout={value!r} of {method} must be at least 0 '
                        'and less than 1.')


def check_targets(method: str,
                  targets: Union[str, Sequence[str]],
                  names: str = '') -> Sequence[str]:
    """Raise if targets are no paths of modules, or there is none.

    Args:
        method (str): Name of the method, for the message.
        targets (str | Sequence[str]): What the user gives.
        names (str): What else they may be, for the message. Default: ''.

    Returns:
        Sequence[str]: The targets.

    Raises:
        UserError: If one is no text, or there is none.
    """
    targets = [targets] if isinstance(targets, str) else targets
    if not (isinstance(targets, (list, tuple)) and targets
            and all(isinstance(target, str) for target in targets)):
        raise UserError(f'targets={targets!r} of {method} must be {names}'
                        'paths of modules.')
    return targets


def check_places(method: str, places: Union[str,
                                            Sequence[str]]) -> Sequence[str]:
    """Raise if places are not sublayers.

    Args:
        method (str): Name of the method, for the message.
        places (str | Sequence[str]): ``'attention'``, ``'ffn'`` or both.

    Returns:
        Sequence[str]: The places.

    Raises:
        UserError: If one is not known, or there is none.
    """
    places = [places] if isinstance(places, str) else places
    if not places or not isinstance(places,
                                    (list, tuple)) or not all(p in KINDS
                                                              for p in places):
        raise UserError(f'places={places} of {method} must be '
                        f'{" or ".join(KINDS)}, or both.')
    return places


def sublayers_at(sites: Sites, method: str,
                 places: Sequence[str]) -> List[Sublayer]:
    """Return the sublayers at places.

    Args:
        sites (Sites): The places of a backbone.
        method (str): Name of the method, for the message.
        places (Sequence[str]): Of :func:`check_places`.

    Raises:
        UserError: If the backbone has none.
    """
    found = [s for s in sites.sublayers() if s.kind in places]
    if not found:
        raise UserError(
            f'{method} acts at attention and FFN, which this '
            f'{type(sites.backbone).__name__} is not known to have: it is '
            f'for {TRANSFORMERS}; for {CNNS} take ConvAdapter, LoRA, SSF or '
            'PromptBlocks.')
    return found


def name_of(sublayer: Sublayer) -> str:
    """Return how a method's part calls what acts at a sublayer."""
    return f'{sublayer.block.replace(".", "_")}_{sublayer.kind}'


def parameter_names(backbone: nn.Module, weights: Sequence[Weights],
                    biases_only: bool) -> List[str]:
    """Name the parameters of weights.

    Args:
        backbone (nn.Module): The backbone that has them.
        weights (Sequence[Weights]): Weights and biases.
        biases_only (bool): Whether to leave the weights out.

    Returns:
        list[str]: Their paths.
    """
    names = []
    for item in weights:
        if not biases_only:
            names.append(f'{item.path}.{item.weight}')
        if item.bias_of(backbone) is not None:
            names.append(f'{item.path}.{item.bias}')
        names += item.more
    return names
