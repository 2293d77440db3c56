"""Modules that compute with other weights than those they have.

Some attentions take the weights of their layers without calling them, so that
no hook of a layer sees anything. They run as a shallow copy of themselves
that has the changed weights; several threads may do so at the same time.
"""
import copy
from functools import partial
from typing import Any, Callable, Dict, List, Tuple

from torch import Tensor, nn

from .weights import Weights

# What is changed: weights, and the method's module by part and name.
Change = Tuple[Weights, str, str]


def changed(backbone: nn.Module, change: Change,
            values: Dict[str, Tensor]) -> Dict[str, Tensor]:
    """Return the weights as a method's module changes them.

    Args:
        backbone (nn.Module): A tuned backbone.
        change (tuple): What is changed by which module.
        values (dict[str, Tensor]): ``'weight'`` and ``'bias'`` before it; the
            latter may be missing.

    Returns:
        dict[str, Tensor]: The same after it.
    """
    weights, part, name = change
    return getattr(backbone, part)[name].change(**values)


def _shadow(module: nn.Module, path: List[str],
            tensors: Dict[str, Tensor]) -> nn.Module:
    """Copy a module, shallowly, with other tensors below a path."""
    shadow = copy.copy(module)
    if path:
        child = _shadow(getattr(module, path[0]), path[1:], tensors)
        shadow._modules = {**module._modules, path[0]: child}
    else:
        shadow._parameters = {**module._parameters, **tensors}
    return shadow


def _forward(backbone: nn.Module, user: nn.Module, changes: List[Change],
             inner: List[Callable], *inputs: Any, **options: Any) -> Any:
    """Stand in for the ``forward`` of a module that takes weights."""
    forward, = inner
    if backbone.call.stock:
        return forward(user, *inputs, **options)
    shadow = user
    for change in changes:
        weights = change[0]
        path = weights.path[len(weights.user):].strip('.')
        path = path.split('.') if path else []
        owner = shadow.get_submodule('.'.join(path))
        values = dict(weight=getattr(owner, weights.weight))
        if getattr(owner, weights.bias) is not None:
            values['bias'] = getattr(owner, weights.bias)
        values = changed(backbone, change, values)
        names = dict(weight=weights.weight, bias=weights.bias)
        tensors = {names[key]: value for key, value in values.items()}
        shadow = _shadow(shadow, path, tensors)
    return forward(shadow, *inputs, **options)


def change_weights(backbone: nn.Module, change: Change) -> None:
    """Let the module that takes weights compute with changed ones.

    Args:
        backbone (nn.Module): A tuned backbone, changed in place.
        change (tuple): Weights with a user, and the method's module.
    """
    user = backbone.get_submodule(change[0].user)
    own = vars(user).get('forward')
    if getattr(own, 'func', None) is _forward:
        own.args[2].append(change)
    else:
        inner = [own.func if own else type(user).forward]
        user.forward = partial(_forward, backbone, user, [change], inner)


def stand_in(module: nn.Module, forward: Callable) -> None:
    """Replace the ``forward`` of a module whose weights may be changed.

    Args:
        module (nn.Module): The module, changed in place.
        forward (Callable): Takes the module, or a copy of it with changed
            weights, and its inputs.
    """
    own = vars(module).get('forward')
    if getattr(own, 'func', None) is _forward:
        own.args[3][:] = [forward]
    else:
        # A partial of a module follows its deep copies, as those of hooks do.
        module.forward = partial(forward, module)
