"""The blocks of a network: what is computed again as a whole."""
from typing import Iterator, List, Tuple

from mmcv.cnn import ConvModule
from torch import nn

from .leaf_policies import policy_of

CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
# Frozen, in eval mode, they keep nothing of their input.
LIGHT = ('Linear', 'Identity', 'Dropout', 'Dropout2d', 'DropPath', 'Upsample',
         'Flatten', 'AdaptiveAvgPool2d')
# Whose modules compute the same when they run again.
LIBRARIES = ('torch', 'torchvision', 'mmcv', 'mmengine', 'mmdet', 'mmseg',
             'mmpretrain', 'timm')


def find_blocks(network: nn.Module) -> List[str]:
    """Find the repeated parts of a network.

    They are the items of containers that hold no such items themselves, such
    as the layers of a transformer, but not the stages that hold them.

    Args:
        network (nn.Module): Any network.

    Returns:
        list[str]: Their paths.
    """

    def walk(module: nn.Module, path: str, item: bool) -> Iterator[str]:
        found = False
        for name, child in module.named_children():
            for block in walk(child, f'{path}.{name}' if path else name,
                              isinstance(module, CONTAINERS)):
                found = True
                yield block
        if item and not found and not isinstance(
                module, CONTAINERS) and not is_leaf(module):
            yield path

    return list(walk(network, '', False))


def is_leaf(module: nn.Module) -> bool:
    """Tell whether a module holds no others."""
    return not any(True for _ in module.children())


def heavy_leaves(module: nn.Module) -> List[nn.Module]:
    """List the leaves that keep what no policy makes less.

    Args:
        module (nn.Module): A frozen module.

    Returns:
        list[nn.Module]: Such as its GELUs and layer norms.
    """
    return [
        part for part in module.modules() if is_leaf(part)
        and policy_of(part) is None and type(part).__name__ not in LIGHT
    ]


def changes_input(module: nn.Module) -> bool:
    """Tell whether a module begins with an operation in place.

    What is kept for a second run of it would be what the first one left.
    """
    if isinstance(module, ConvModule):
        return (module.order[0] == 'act' and module.with_activation
                and getattr(module.activate, 'inplace', False))
    first = next(part for part in module.modules() if is_leaf(part))
    return getattr(first, 'inplace', False)


def can_run_again(module: nn.Module) -> bool:
    """Tell whether a second run of a module computes the same.

    Args:
        module (nn.Module): Any module.

    Returns:
        bool: Whether all its parts are of libraries that are known, and its
        input stays as it is.
    """
    return is_known(module) and not changes_input(module)


def is_known(module: nn.Module) -> bool:
    """Tell whether all parts of a module are of libraries that are known."""
    return all(
        type(part).__module__.split('.')[0] in LIBRARIES
        for part in module.modules())


def parts_by_type(modules: List[nn.Module]) -> Tuple[str, ...]:
    """Count modules, as '53 Conv2d'."""
    names = [type(module).__name__ for module in modules]
    return tuple(f'{names.count(name)} {name}'
                 for name in dict.fromkeys(names))
