"""Necks and heads that run again in backward, instead of keeping maps.

They train, so no policy of a frozen layer applies to them.
"""
from functools import partial
from typing import Any, Callable, Iterator, List, NamedTuple, Tuple

from mmcv.cnn import ConvModule
from torch import nn
from torch.utils._pytree import tree_flatten, tree_unflatten

from .blocks import CONTAINERS, changes_input, is_known, is_leaf
from .recompute import recompute

# Children of a model that are no heads.
OTHERS = ('backbone', 'data_preprocessor')
# Activations that keep their output, which the next layer keeps anyway.
LIGHT = (nn.ReLU, nn.Sigmoid, nn.Tanh)
# Of a RoI head, from the neck's maps to what a head of RoIs returns.
ROI_METHODS = ('_bbox_forward', '_mask_forward')


class Unit(NamedTuple):
    """What runs again as a whole.

    Args:
        module (nn.Module): Whose method.
        method (str): Its name. Default: 'forward'.
    """
    module: nn.Module
    method: str = 'forward'

    @property
    def name(self) -> str:
        """str: As a log prints it."""
        kind = type(self.module).__name__
        return kind if self.method == 'forward' else f'{kind}.{self.method}'


def _saves_memory(module: nn.Module) -> bool:
    """Tell whether a module keeps more than its input for backward."""
    keep = [
        part for part in module.modules() if is_leaf(part) and (
            any(True for _ in part.parameters(recurse=False)) or
            (type(part).__module__ == 'torch.nn.modules.activation'
             and not isinstance(part, LIGHT)))
    ]
    return len(keep) > 1


def _can_run_again(module: nn.Module) -> bool:
    return (is_known(module) and _saves_memory(module)
            and not changes_input(module))


def _is_roi_head(module: nn.Module) -> bool:
    return hasattr(module, 'bbox_roi_extractor')


def _is_decode_head(module: nn.Module) -> bool:
    return any(f'{kind.__module__}.{kind.__qualname__}' ==
               'mmseg.models.decode_heads.decode_head.BaseDecodeHead'
               for kind in type(module).__mro__)


def _repeated(module: nn.Module, item: bool = False) -> List[nn.Module]:
    """List the repeated parts of a head that save memory.

    Args:
        module (nn.Module): The head, or a part of it.
        item (bool): Whether it is an item of a container. Default: False.

    Returns:
        list[nn.Module]: mmcv's convolutions with norms, and items of
        containers without such parts inside.
    """
    if isinstance(module, ConvModule):
        return [module] if _can_run_again(module) else []
    container = isinstance(module, CONTAINERS)
    inside = [
        part for child in module.children()
        for part in _repeated(child, container)
    ]
    if inside or not item or container or is_leaf(module):
        return inside
    return [module] if _can_run_again(module) else []


def _units_of(head: nn.Module, whole: bool) -> Iterator[Unit]:
    """List the units of a neck or head.

    Args:
        head (nn.Module): The neck or head.
        whole (bool): Whether it runs again also as a whole.
    """
    if isinstance(head, nn.ModuleList):
        for child in head:
            yield from _units_of(child, whole)
        return
    if _is_roi_head(head):
        for child in head.children():
            yield from _units_of(child, False)
        if whole and is_known(head):
            yield from (Unit(head, method) for method in ROI_METHODS
                        if hasattr(head, method))
        return
    parts = _repeated(head)
    yield from map(Unit, parts)
    if (whole or not parts) and not is_leaf(head) and _can_run_again(head):
        yield Unit(head)
    if _is_decode_head(head) and is_known(head):
        # Logits as large as the images are more than all else of some heads.
        yield Unit(head, 'loss_by_feat')


def _run_again(module: nn.Module, method: Callable, is_of_type: bool, *inputs:
               Any, **options: Any) -> Any:
    """Stand in for a method of a unit, its type's or one of its own."""
    # checkpoint lets go of tensors in an outer unit, and sees changes in
    # place, only of those that are arguments themselves.
    flat, form = tree_flatten((inputs, options))

    def run(*flat: Any) -> Any:
        inputs, options = tree_unflatten(list(flat), form)
        return method(*inputs, **options)

    return recompute(module, run, *flat)


def _undo(model: nn.Module) -> None:
    for module in model.modules():
        for name, method in list(vars(module).items()):
            if isinstance(method, partial) and method.func is _run_again:
                _, own, is_of_type = method.args
                if is_of_type:
                    delattr(module, name)
                else:
                    setattr(module, name, own)


def recompute_heads(model: nn.Module, memory: str) -> Tuple[str, ...]:
    """Choose what everything but the backbone keeps for backward.

    Losses, gradients, running statistics and random numbers stay the same.

    Args:
        model (nn.Module): A detector, segmentor or classifier, changed in
            place.
        memory (str): ``'plain'`` (what torch keeps), ``'lean'`` (repeated
            parts of heads run again in backward, or a small head as a whole)
            or ``'leanest'`` (necks and heads also as wholes, those of RoIs
            with what cuts them out).

    Returns:
        tuple[str, ...]: How much of which type runs again, as
        '4 ConvModule'.
    """
    _undo(model)
    if memory == 'plain':
        return ()
    units = []
    for name, child in model.named_children():
        if name not in OTHERS:
            units += _units_of(child, memory == 'leanest')
    units = list({(id(x.module), x.method): x for x in units}.values())
    for module, method in units:
        # Another may have put one of its own in its place.
        is_of_type = method not in vars(module)
        own = partial(getattr(type(module), method), module) \
            if is_of_type else vars(module)[method]
        # A partial of a module follows its deep copies.
        setattr(module, method, partial(_run_again, module, own, is_of_type))
    names = [unit.name for unit in units]
    return tuple(f'{names.count(name)} {name}'
                 for name in dict.fromkeys(names))
