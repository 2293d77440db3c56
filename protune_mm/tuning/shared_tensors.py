"""One copy in memory of frozen tensors that several models hold."""
import hashlib
import threading
from typing import Tuple
from weakref import WeakValueDictionary

import torch
from torch import Tensor, nn

from .freezing import split_state


def _content(tensor: Tensor) -> Tuple:
    """Return what two tensors must have in common to be one."""
    # Bytes, because numpy has not every type of torch.
    data = tensor.detach().cpu().contiguous().flatten().view(torch.uint8)
    # How values lie in memory decides which kernels run, and so last bits.
    return (type(tensor), tensor.device, tensor.dtype, tensor.shape,
            tensor.stride(), hashlib.sha256(data.numpy()).digest())


class SharedTensors:
    """Lets models hold the same frozen tensors, found by their content.

    Nothing here keeps a tensor alive: with the last model that holds it, it
    is gone. Threads may use it at the same time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tensors = WeakValueDictionary()

    def share(self, model: nn.Module) -> None:
        """Replace frozen tensors of a model by equal ones of other models.

        What trains, and models of which nothing is frozen, stay as they are.

        Args:
            model (nn.Module): The model, changed in place.
        """
        for name in split_state(model)[1]:
            path, _, last = name.rpartition('.')
            module = model.get_submodule(path)
            for held in (module._parameters, module._buffers):
                if isinstance(held.get(last), Tensor):
                    held[last] = self._one(held[last])

    def _one(self, tensor: Tensor) -> Tensor:
        key = _content(tensor)
        with self._lock:
            return self._tensors.setdefault(key, tensor)
