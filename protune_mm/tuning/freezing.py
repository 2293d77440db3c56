"""Freezing: everything but the parts that a module declares trained.

A module takes part by having a method ``trained_parts()`` that returns the
paths of its trained parts (modules or parameters), or None when nothing of it
is frozen by us. Nothing is selected by a piece of a name.
"""
from typing import Dict, Iterable, Tuple

from torch import Tensor, nn


def belongs(name: str, parts: Iterable[str]) -> bool:
    """Tell whether a name is one of some parts or inside one.

    Args:
        name (str): Path of a module or parameter.
        parts (Iterable[str]): Paths.

    Returns:
        bool: Whether it is.
    """
    return any(name == part or name.startswith(f'{part}.') for part in parts)


def freeze(module: nn.Module, trained_parts: Iterable[str]) -> None:
    """Take the gradient from every parameter outside the trained parts.

    Args:
        module (nn.Module): A module, such as a backbone.
        trained_parts (Iterable[str]): Paths below ``module`` that train.
    """
    for name, parameter in module.named_parameters():
        if not belongs(name, trained_parts):
            parameter.requires_grad_(False)


def unfreeze(module: nn.Module, parts: Iterable[str]) -> None:
    """Let the parameters of some parts train.

    Args:
        module (nn.Module): A module, such as a backbone.
        parts (Iterable[str]): Paths below ``module``.
    """
    for name, parameter in module.named_parameters():
        if belongs(name, parts):
            parameter.requires_grad_(True)


def keep_in_eval(module: nn.Module, trained_parts: Iterable[str]) -> None:
    """Put everything outside the trained parts in eval mode.

    So batch norms keep their statistics, and dropout and drop path are off.

    Args:
        module (nn.Module): A module, such as a backbone.
        trained_parts (Iterable[str]): Paths below ``module`` that train.
    """
    module.training = False
    for name, child in module.named_children():
        if name in trained_parts:
            continue
        below = [
            part[len(name) + 1:] for part in trained_parts
            if part.startswith(f'{name}.')
        ]
        # Outer ones first; a host may keep norms inside in eval mode.
        modes = [(part, part.training) for path, part in child.named_modules()
                 if belongs(path, below)]
        child.eval()  # not by the attribute: some act when their mode changes
        for part, mode in modes:
            part.train(mode)


def split_state(
        model: nn.Module) -> Tuple[Dict[str, Tensor], Dict[str, Tensor]]:
    """Split a model's state into what training may change and what is frozen.

    Args:
        model (nn.Module): Any model, for instance a detector whose backbone
            is pro-tuned.

    Returns:
        tuple[dict, dict]: The trained and the frozen entries of
        ``model.state_dict()``, buffers included.
    """
    frozen = set()
    for prefix, module in model.named_modules():
        parts = getattr(module, 'trained_parts', tuple)()
        if parts:
            prefix = f'{prefix}.' if prefix else ''
            frozen.update(prefix + name for name in module.state_dict()
                          if not belongs(name, parts))
    state = model.state_dict()
    return ({
        k: v
        for k, v in state.items() if k not in frozen
    }, {
        k: v
        for k, v in state.items() if k in frozen
    })
