"""Refusing checkpoints that do not belong to a backbone."""
from typing import Callable, Collection, Dict, Iterable, List, Tuple

from torch import Tensor, nn

from protune_mm.errors import UserError
from .freezing import belongs

REMEDY = ('Use the checkpoint of the same backbone (type, depth, width and '
          'prompt_cfg), or change the config to match it.')


def listed(names: List[str]) -> str:
    """Name the first three for a message, and how many more there are.

    Args:
        names (list[str]): All names.

    Returns:
        str: Such as 'a, b, c and 7 more'.
    """
    more = f' and {len(names) - 3} more' if len(names) > 3 else ''
    return ', '.join(names[:3]) + more


def _absent_blocks(module: nn.Module,
                   given: Iterable[str],
                   path: str = '') -> List[str]:
    """List the blocks of ``module`` of which the checkpoint has nothing.

    A block is a container or an item of one. Other modules may be missing:
    offsets of deformable convolutions and plugins are in no ImageNet
    checkpoint.
    """
    containers = (nn.Sequential, nn.ModuleList)
    absent = []
    for name, child in module.named_children():
        prefix = f'{path}{name}.'
        inside = [key for key in given if key.startswith(prefix)]
        if inside:
            absent += _absent_blocks(child, inside, prefix)
        elif child.state_dict() and (isinstance(module, containers)
                                     or isinstance(child, containers)):
            absent.append(prefix[:-1])
    return absent


def _remedy(given: Collection[str], own: Collection[str]) -> str:
    """Tell what helps if a checkpoint has none of the names."""
    for name in given:
        parts = name.split('.')
        for i in range(1, len(parts)):
            if '.'.join(parts[i:]) in own:
                return (f"Add prefix='{'.'.join(parts[:i])}' to init_cfg: the "
                        'backbone is inside a whole model.')
    return REMEDY


def _remedy_of_shapes(other: List[Tuple[str, tuple, tuple]]) -> str:
    """Tell what helps if entries have other shapes."""
    (name, theirs, ours), *more = other
    if more or len(
            ours) != 4 or theirs[:1] + theirs[2:] != ours[:1] + ours[2:]:
        return REMEDY
    return ('For images of other channels let that module train: '
            f"trained_modules=['{name.rpartition('.')[0]}'].")


def refuse_other_backbone(
        module: nn.Module,
        state_dict: Dict[str, Tensor],
        prefix: str = '',
        new: Collection[str] = (),
        free: Collection[str] = (),
        whole: bool = False,
        left_out: Callable[[str], bool] = lambda name: False) -> None:
    """Raise if a checkpoint is not one of this backbone.

    Loaders of OpenMMLab only warn, and a frozen backbone would then stay
    partly random. Entries that hold no part of the backbone (a classifier's
    ``fc``, other parts of a detector) are not its business, and what is new
    may be missing altogether.

    Args:
        module (nn.Module): The backbone.
        state_dict (dict[str, Tensor]): The checkpoint's entries.
        prefix (str): What the backbone's names begin with in the checkpoint.
            Default: ''.
        new (Collection[str]): Children that pre-training does not know.
            Default: ().
        free (Collection[str]): Paths of modules that may differ. Default: ().
        whole (bool): Whether all entries should be the backbone's, as in a
            delta. Default: False.
        left_out (Callable): Tells of the name of an entry that the backbone
            does not have whether that is on purpose. Default: never.

    Raises:
        UserError: If the checkpoint has none of the backbone's entries, lacks
            a whole block, has other blocks, or has other shapes.
    """
    own = module.state_dict()
    given = {
        name[len(prefix):]: value
        for name, value in state_dict.items() if name.startswith(prefix)
    }
    shared = own.keys() & given.keys()
    if not shared and given:
        raise UserError(
            f'The checkpoint holds nothing of {type(module).__name__}; '
            f'it has {listed(sorted(given))}. {_remedy(given, own)}')
    where = f'{type(module).__name__} cannot load this checkpoint: '
    other = [(name, tuple(given[name].shape), tuple(own[name].shape))
             for name in own
             if name in shared and own[name].shape != given[name].shape]
    if other:
        shapes = [f'{name} {a} instead of {b}' for name, a, b in other]
        raise UserError(f'{where}it has {listed(shapes)}. '
                        f'{_remedy_of_shapes(other)}')
    children = dict(module.named_children())
    extra = [
        name for name in given
        if name not in own and (whole or name.split('.')[0] in children)
        and not belongs(name, free) and not left_out(name)
    ]
    if extra:
        raise UserError(f'{where}the model has no {listed(extra)}. {REMEDY}')
    pretrained = [name for name in shared if name.split('.')[0] not in new]
    absent = _absent_blocks(module, pretrained) if pretrained else []
    absent = [path for path in absent if not belongs(path, free)]
    if absent:
        raise UserError(f'{where}it lacks {listed(absent)}. {REMEDY}')
