"""Computing a module again in backward, instead of keeping what it needs."""
from contextlib import contextmanager, nullcontext
from typing import Any, Callable, ContextManager, Iterator

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from .leaf_policies import is_observed, wants_gradient
from .notes import Notes


@contextmanager
def _spare_buffers(module: nn.Module) -> Iterator[None]:
    """Let copies of running statistics move inside this context."""
    moving = [(part, name, buffer) for part in module.modules()
              if part.training
              for name, buffer in part.named_buffers(recurse=False)]
    for part, name, buffer in moving:
        part._buffers[name] = buffer.clone()
    try:
        yield
    finally:
        for part, name, buffer in moving:
            part._buffers[name] = buffer


def no_scene() -> Callable[[], ContextManager]:
    """Return what makes a context without effect."""
    return nullcontext


def recompute(module: nn.Module,
              forward: Callable,
              *inputs: Any,
              scene: Callable[[], Callable[[], ContextManager]] = no_scene,
              **options: Any) -> Any:
    """Run a module, and run it again in backward: only its inputs are kept.

    Outputs, gradients, running statistics and random numbers are those of one
    run.

    Args:
        module (nn.Module): What runs.
        forward (Callable): How, from inputs to output.
        *inputs: Its inputs.
        scene (Callable): Is called before the first run and returns what
            makes the context of the second. Default: :func:`no_scene`.
        **options: Its inputs by name.

    Returns:
        Its output.
    """
    if is_observed(*inputs) or not torch.is_grad_enabled() or not (
            wants_gradient(*inputs) or any(p.requires_grad
                                           for p in module.parameters())):
        return forward(*inputs, **options)
    as_then, notes = scene(), Notes()
    ran = False

    def run(*inputs: Any, **options: Any) -> Any:
        nonlocal ran
        if not ran:
            ran = True
            with notes.open(read=False):
                return forward(*inputs, **options)
        with as_then(), _spare_buffers(module), notes.open(read=True):
            return forward(*inputs, **options)

    # What is in eval mode draws no random numbers.
    draws = any(part.training for part in module.modules())
    return checkpoint(
        run, *inputs, use_reentrant=False, preserve_rng_state=draws, **options)
