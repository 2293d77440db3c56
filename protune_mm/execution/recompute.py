"""Computing a module again in backward, instead of keeping what it needs."""
from contextlib import contextmanager, nullcontext
from typing import Any, Callable, ContextManager, Iterator, Sequence

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from .leaf_policies import is_observed, wants_gradient
from .notes import Notes


@contextmanager
def _spare_buffers(parts: Sequence[nn.Module]) -> Iterator[None]:
    """Let copies of running statistics move inside this context."""
    moving = [(part, name, buffer) for part in parts
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
              inside: Sequence[nn.Module] = (),
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
        inside (Sequence[nn.Module]): What else runs in it, by hooks.
            Default: ().
        **options: Its inputs by name.

    Returns:
        Its output.
    """
    whole = (module, *inside)
    if is_observed(*inputs) or not torch.is_grad_enabled() or not (
            wants_gradient(*inputs) or any(p.requires_grad for x in whole
                                           for p in x.parameters())):
        return forward(*inputs, **options)
    # What is in eval mode moves no statistics and draws no random numbers.
    training = [part for x in whole for part in x.modules() if part.training]
    as_then, notes = scene(), Notes()
    ran = False

    def run(*inputs: Any, **options: Any) -> Any:
        nonlocal ran
        if not ran:
            ran = True
            with notes.open(read=False):
                return forward(*inputs, **options)
        with as_then(), _spare_buffers(training), notes.open(read=True):
            return forward(*inputs, **options)

    return checkpoint(
        run,
        *inputs,
        use_reentrant=False,
        preserve_rng_state=bool(training),
        **options)
