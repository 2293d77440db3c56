"""Tensors that several modules hold."""
from torch import nn


def share(module: nn.Module, owner: nn.Module, name: str) -> None:
    """Let a module hold a parameter or buffer of another one.

    Args:
        module (nn.Module): The module, changed in place.
        owner (nn.Module): One that has the same path.
        name (str): Path of the parameter or buffer.
    """
    path, _, leaf = name.rpartition('.')
    source, target = owner.get_submodule(path), module.get_submodule(path)
    kind = '_parameters' if leaf in source._parameters else '_buffers'
    getattr(target, kind)[leaf] = getattr(source, kind)[leaf]
