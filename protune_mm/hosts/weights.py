"""The weights of a backbone by which it multiplies, or scales and shifts."""
from typing import Iterator, List, NamedTuple, Optional, Tuple

from mmcv.cnn import is_norm
from torch import nn

from protune_mm.tuning.freezing import belongs
from .family import Paths


class Weights(NamedTuple):
    """Weight and bias of a linear layer, a convolution or a norm.

    Args:
        path (str): Path of the module that has them.
        weight (str): Name of the weight. Default: 'weight'.
        bias (str): Name of the bias, which may be None. Default: 'bias'.
        user (str, optional): Path of a module that takes them without
            calling the one that has them. Default: None, which means that it
            is called.
        more (tuple[str, ...]): Paths of biases that the user has for it.
            Default: ().
    """
    path: str
    weight: str = 'weight'
    bias: str = 'bias'
    user: Optional[str] = None
    more: Tuple[str, ...] = ()

    def of(self, backbone: nn.Module) -> nn.Parameter:
        """Return the weight."""
        return getattr(backbone.get_submodule(self.path), self.weight)

    def bias_of(self, backbone: nn.Module) -> Optional[nn.Parameter]:
        """Return the bias."""
        return getattr(backbone.get_submodule(self.path), self.bias)


# Whose own forward is what torch's is, and merely written anew.
SAME = ('mmcv.cnn.bricks.wrappers.Conv2d', 'mmcv.cnn.bricks.wrappers.Linear',
        'timm.layers.norm.LayerNorm')
# Of the others, some also pad, activate, or standardise their weight.
PLAIN = (nn.Linear, nn.Conv2d, nn.BatchNorm2d, nn.SyncBatchNorm, nn.GroupNorm,
         nn.LayerNorm)


def is_plain(module: nn.Module) -> bool:
    """Tell whether a module does what torch's of its kind does.

    Args:
        module (nn.Module): A linear layer, a convolution, a norm or an
            attention of torch.

    Returns:
        bool: Whether its output is known by its weight and bias alone.
    """
    kind = type(module)
    return (isinstance(module, nn.MultiheadAttention) or any(
        kind.forward is plain.forward and isinstance(module, plain)
        for plain in PLAIN)
            or f'{kind.__module__}.{kind.__qualname__}' in SAME)


def _takes_weights(module: nn.Module) -> bool:
    """Tell of an attention with a query bias apart, as that of BEiT."""
    return (isinstance(getattr(module, 'qkv', None), nn.Linear)
            and getattr(module, 'q_bias', None) is not None)


def _has_weight(module: nn.Module) -> bool:
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        return True
    return is_norm(module) and module.weight is not None


def _walk(module: nn.Module,
          path: str,
          user: Optional[str] = None,
          more: Paths = ()) -> Iterator[Weights]:
    if isinstance(module, nn.MultiheadAttention):
        yield Weights(path, 'in_proj_weight', 'in_proj_bias', path)
        user = path
    elif _has_weight(module):
        yield Weights(path, user=user, more=tuple(more))
    for name, child in module.named_children():
        below = f'{path}.{name}' if path else name
        if name == 'qkv' and _takes_weights(module):
            biases = f'{path}.q_bias', f'{path}.v_bias'
            yield from _walk(child, below, path, biases)
        else:
            yield from _walk(child, below, user)


def find_weights(
    backbone: nn.Module, inside: Paths = ('', ), apart: Paths = ()
) -> List[Weights]:
    """Find linear layers, convolutions and norms.

    Args:
        backbone (nn.Module): A backbone.
        inside (Sequence[str]): Paths of what to look into.
            Default: all of it.
        apart (Sequence[str]): Paths of what to leave out. Default: ().

    Returns:
        list[Weights]: Each once, in the backbone's order.
    """
    return [
        weights for weights in _walk(backbone, '')
        if ('' in inside or belongs(weights.path, inside))
        and not belongs(weights.path, apart)
    ]
