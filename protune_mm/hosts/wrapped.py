"""Backbones of other libraries inside a wrapper, such as timm's."""
import re
from typing import Dict, Sequence

from torch import Tensor, nn

from protune_mm.tuning.freezing import belongs


def new_parts(backbone: nn.Module) -> Sequence[str]:
    """Return the children that methods added to a backbone.

    Args:
        backbone (nn.Module): A backbone, tuned or not.

    Returns:
        Sequence[str]: Their names.
    """
    return getattr(backbone, 'new_parts', tuple)()


def wrapper_path(backbone: nn.Module) -> str:
    """Return what the names of a wrapped backbone's parts begin with.

    Args:
        backbone (nn.Module): A backbone with or without prompts.

    Returns:
        str: Such as ``'timm_model.'``; '' if nothing is wrapped.
    """
    path, module = '', backbone
    while True:
        children = [(name, child) for name, child in module.named_children()
                    if name not in new_parts(backbone)]
        if len(children) != 1 or any(True for _ in module.parameters(False)):
            return path
        name, module = children[0]
        if isinstance(module, (nn.Sequential, nn.ModuleList)):
            return path
        path += f'{name}.'


def _in_whole_model(name: str) -> str:
    """Undo what timm's ``features_only`` makes of a container's items."""
    return re.sub(r'^([a-z]+)_(\d+)\.', r'\1.\2.', name)


def take_plain_names(backbone: nn.Module, state_dict: Dict[str, Tensor],
                     prefix: str) -> None:
    """Rename a wrapped backbone's own entries to those of the wrapper.

    Args:
        backbone (nn.Module): The wrapper.
        state_dict (dict[str, Tensor]): A checkpoint, changed in place if its
            names are those that the library of the backbone gives.
        prefix (str): What the wrapper's names begin with in it.
    """
    path = wrapper_path(backbone)
    own = backbone.get_submodule(path[:-1]).state_dict()
    own = {_in_whole_model(name): name for name in own}
    keys = [key for key in state_dict if key.startswith(prefix)]
    names = [key[len(prefix):] for key in keys]
    if any(name.startswith(path) for name in names) or not own.keys() & names:
        return
    for key, name in zip(keys, names):
        if not belongs(name, new_parts(backbone)):
            value = state_dict.pop(key)
            state_dict[prefix + path + own.get(name, name)] = value


def left_out(backbone: nn.Module, name: str) -> bool:
    """Tell whether timm leaves an entry of its whole model out.

    Args:
        backbone (nn.Module): Any backbone.
        name (str): An entry that it does not have.

    Returns:
        bool: Whether it is of the classifier or, with ``features_only=True``,
        of any part that the features do not need.
    """
    model = getattr(backbone, 'timm_model', None)
    if hasattr(getattr(model, 'feature_info', None), 'out_indices'):
        return True
    classifiers = (getattr(model, 'default_cfg', None)
                   or {}).get('classifier') or ()
    if isinstance(classifiers, str):
        classifiers = (classifiers, )
    return any(name.startswith(f'timm_model.{part}.') for part in classifiers)
