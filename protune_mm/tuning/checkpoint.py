"""Refusing checkpoints that do not belong to a backbone."""
from typing import Dict, Iterable, List

from torch import Tensor, nn

from protune_mm.errors import UserError

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


def refuse_other_backbone(module: nn.Module,
                          state_dict: Dict[str, Tensor],
                          prefix: str = '',
                          new: str = 'prompts') -> None:
    """Raise if a checkpoint is not one of this backbone.

    Loaders of OpenMMLab only warn, and a frozen backbone would then stay
    partly random. Entries that hold no part of the backbone (a classifier's
    ``fc``, other parts of a detector) are not its business, and the prompts
    may be missing altogether.

    Args:
        module (nn.Module): The backbone.
        state_dict (dict[str, Tensor]): The checkpoint's entries.
        prefix (str): What the backbone's names begin with in the checkpoint.
            Default: ''.
        new (str): The child that pre-training does not know.
            Default: 'prompts'.

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
        remedy = REMEDY if prefix else (
            'If the backbone is inside a whole model, add '
            "prefix='backbone' to init_cfg.")
        raise UserError(
            f'The checkpoint holds nothing of {type(module).__name__}; '
            f'it has {listed(sorted(given))}. {remedy}')
    where = f'{type(module).__name__} cannot load this checkpoint: '
    other = [
        f'{name} {tuple(given[name].shape)} instead of '
        f'{tuple(own[name].shape)}' for name in own
        if name in shared and own[name].shape != given[name].shape
    ]
    if other:
        raise UserError(f'{where}it has {listed(other)}. {REMEDY}')
    children = dict(module.named_children())
    extra = [
        name for name in given
        if name not in own and name.split('.')[0] in children
    ]
    if extra:
        raise UserError(f'{where}the model has no {listed(extra)}. {REMEDY}')
    pretrained = [name for name in shared if name.split('.')[0] != new]
    absent = _absent_blocks(module, pretrained) if pretrained else []
    if absent:
        raise UserError(f'{where}it lacks {listed(absent)}. {REMEDY}')
