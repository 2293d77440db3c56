"""Counting the bytes of tensors that are alive."""
import gc
import weakref
from typing import Any, Iterable

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class LiveBytes(TorchDispatchMode):
    """Counts the storages that operations inside this context make.

    Each counts once, however many tensors view it, from the operation that
    made it until nothing holds it any more: not a variable, not what autograd
    keeps for backward. What an operation needs inside itself is not seen.

    Args:
        known (Iterable[Tensor]): What was there before and does not count,
            such as parameters, buffers and images. Default: ().

    Example:
        >>> import torch
        >>> from protune_mm.costs import LiveBytes
        >>> weight = torch.ones(3, requires_grad=True)
        >>> with LiveBytes([weight]) as live:
        ...     y = (weight * 2).exp()  # keeps its output
        >>> live.now, live.peak
        (12, 24)
    """

    def __init__(self, known: Iterable[Tensor] = ()) -> None:
        super().__init__()
        # Bytes by the identity of a storage, which is free for reuse once it
        # has gone: then its entry has gone too.
        self.sizes = {}
        self.now = self.peak = 0
        known = list(known)
        self.known = {id(tensor.untyped_storage()) for tensor in known}
        # Identities stay theirs only while they are alive.
        self.kept_alive = known

    def __enter__(self) -> 'LiveBytes':
        # All garbage that comes stays young, so that collecting the youngest
        # frees it; otherwise chance decides what is older.
        self.collects = gc.isenabled()
        gc.disable()
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        # Python holds us as long as a storage that we watch; gradients are
        # held by parameters, which are not to be held by us.
        self.kept_alive = []
        if self.collects:
            gc.enable()

    def _watch(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key = id(storage)
        if key in self.known or key in self.sizes:
            return
        self.sizes[key] = storage.nbytes()
        self.now += storage.nbytes()
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._forget, key)

    def _forget(self, key: int) -> None:
        self.now -= self.sizes.pop(key)

    def __torch_dispatch__(self,
                           function: Any,
                           types: Any,
                           args: tuple = (),
                           kwargs: Any = None) -> Any:
        """Run an operation and watch what it returns."""
        output = function(*args, **(kwargs or {}))
        for value in tree_leaves(output):
            if isinstance(value, torch.Tensor):
                self._watch(value)
        return output
