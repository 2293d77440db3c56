"""Hooks that stay in their place when the module there is exchanged."""
from typing import Callable

from torch import nn


def _register(module: nn.Module, function: Callable, before: bool) -> None:
    hooks = module._forward_pre_hooks if before else module._forward_hooks
    if function in hooks.values():
        return
    if before:
        module.register_forward_pre_hook(function)
    else:
        module.register_forward_hook(function)


def hook(backbone: nn.Module,
         path: str,
         function: Callable,
         before: bool = False) -> None:
    """Call a function with what a module of the host returns.

    Args:
        backbone (nn.Module): A tuned backbone.
        path (str): Path of the module.
        function (Callable): A forward hook, or a forward pre-hook.
        before (bool): Whether it is called before the module, with what the
            module is given. Default: False.
    """
    backbone.kept_hooks.append((path, function, before))
    _register(backbone.get_submodule(path), function, before)


def keep_hooks(backbone: nn.Module) -> None:
    """Put the functions of :func:`hook` on modules that came later.

    A runner exchanges batch norms for those that synchronise, or these for
    those that do not, and leaves their hooks behind.

    Args:
        backbone (nn.Module): A tuned backbone.
    """
    for path, function, before in backbone.kept_hooks:
        _register(backbone.get_submodule(path), function, before)
