"""Modules of a backbone by their paths."""
from typing import List, Sequence, Union

from torch import nn

from protune_mm.errors import UserError
from .wrapped import new_parts, wrapper_path


def overview(backbone: nn.Module) -> str:
    """List the modules of a backbone, items of containers as a range.

    Of one that wraps another library's, the modules are the wrapped ones.

    Args:
        backbone (nn.Module): The backbone.

    Returns:
        str: Their names, for messages.
    """
    names = []
    wrapper = wrapper_path(backbone)
    for name, child in backbone.get_submodule(wrapper[:-1]).named_children():
        items = [key for key, _ in child.named_children()]
        if isinstance(child, (nn.Sequential, nn.ModuleList)) and items:
            path = f'{wrapper}{name}'
            names.append(f'{path}.{items[0]} to {path}.{items[-1]}')
        elif name not in new_parts(backbone):
            names.append(wrapper + name)
    return ', '.join(names)


def check_path(backbone: nn.Module, path: str, option: str) -> None:
    """Raise if there is no such module, naming those that are.

    Args:
        backbone (nn.Module): The backbone.
        path (str): Path of a module, such as ``'layer3.5'``.
        option (str): The argument that names it, for the message.

    Raises:
        UserError: If it is not there.
    """
    here, parent = backbone, ''
    for name in path.split('.'):
        children = dict(here.named_children())
        if name not in children:
            names = ', '.join(children) or 'no parts'
            there = f'{parent} has {names}' if parent else \
                f'there are {overview(backbone)}'
            raise UserError(f'{option} names {path}, which this '
                            f'{type(backbone).__name__} does not have: '
                            f'{there}.')
        here, parent = children[name], f'{parent}.{name}'.strip('.')


def resolve_stages(backbone: nn.Module, wanted: Sequence[Union[int, str]],
                   stage_paths: Sequence[str]) -> List[str]:
    """Turn stage numbers and module paths into module paths.

    Args:
        backbone (nn.Module): The backbone.
        wanted (Sequence[int | str]): Stages counted from 0, and paths.
        stage_paths (Sequence[str]): The path that ends each stage.

    Returns:
        list[str]: A path each, without repetition.

    Raises:
        UserError: If a stage or a path does not exist.
    """
    paths = []
    for stage in wanted:
        if isinstance(stage, str):
            check_path(backbone, stage, 'prompt_stages')
            paths.append(stage)
        elif 0 <= stage < len(stage_paths):
            paths.append(stage_paths[stage])
        else:
            named = ', '.join(f'{i} ({p})' for i, p in enumerate(stage_paths))
            raise UserError(
                f'prompt_stages names stage {stage}, but the stages of '
                f'this {type(backbone).__name__} that reach an output are '
                f'{named or "not known"}: change prompt_stages or '
                'out_indices, or name modules by their paths, of which there '
                f'are {overview(backbone)}.')
    return list(dict.fromkeys(paths))
