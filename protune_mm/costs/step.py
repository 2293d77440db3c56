"""A step of training: what it keeps, what it computes, how long it takes."""
import gc
from contextlib import AbstractContextManager, nullcontext
from typing import Any, List, NamedTuple, Optional

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from .live_bytes import LiveBytes
from .resident import ResidentPeak

DTYPES = dict(
    float32=torch.float32, bfloat16=torch.bfloat16, float16=torch.float16)


class FlopSum(TorchDispatchMode):
    """Adds up the FLOPs of matrix products and convolutions.

    A multiplication and an addition are two, as torch counts them. Unlike
    torch's own counter it leaves no hooks in modules, so that what is alive
    can be counted beside it.

    Attributes:
        total (int): FLOPs so far.
        backward (int): FLOPs that the backward of these would be, if nothing
            is computed twice: as many again for each factor that needs a
            gradient.
    """

    def __init__(self) -> None:
        super().__init__()
        self.total = self.backward = 0

    def __torch_dispatch__(self,
                           function: Any,
                           types: Any,
                           args: tuple = (),
                           kwargs: Any = None) -> Any:
        """Run an operation and add what it costs."""
        kwargs = kwargs or {}
        output = function(*args, **kwargs)
        count = flop_registry.get(function._overloadpacket)
        if count is not None:
            flops = count(*args, **kwargs, out_val=output)
            self.total += flops
            self.backward += flops * sum(
                arg.requires_grad and arg.dim() > 1 for arg in args
                if isinstance(arg, Tensor))
        return output


class Counted(NamedTuple):
    """What a step costs, counted.

    Args:
        kept (int): Bytes alive between forward and backward, without
            parameters, buffers and the batch.
        peak (int): The most bytes that were alive at once in the step, with
            the gradients of what trains.
        flops (int): FLOPs of forward and backward.
    """
    kept: int
    peak: int
    flops: int


def tensors_in(value: Any) -> List[Tensor]:
    """Return the tensors in nested lists, tuples and dicts.

    Args:
        value (Any): Such as what a backbone returns.

    Returns:
        list[Tensor]: In order.
    """
    return [leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor)]


def known_tensors(model: nn.Module, batch: Any) -> List[Tensor]:
    """Return what is there before a step: parameters, buffers and the batch.

    Args:
        model (nn.Module): The model.
        batch (Any): A batch, or a tensor of images.

    Returns:
        list[Tensor]: All of them.
    """
    return [*model.parameters(), *model.buffers(), *tensors_in(batch)]


def autocast(device: str, dtype: str) -> AbstractContextManager:
    """Open torch's mixed precision.

    Args:
        device (str): Such as 'cpu' or 'cuda:0'.
        dtype (str): A key of :data:`DTYPES`.

    Returns:
        AbstractContextManager: One that does nothing for float32.
    """
    if dtype == 'float32':
        return nullcontext()
    return torch.autocast(torch.device(device).type, DTYPES[dtype])


def model_loss(model: nn.Module, batch: dict) -> Tensor:
    """Compute the loss of a whole model.

    Args:
        model (nn.Module): A detector, segmentor or classifier.
        batch (dict): Of :func:`~.synthetic.synthetic_batch`.

    Returns:
        Tensor: The sum of its losses, a scalar.
    """
    loss, _ = model.parse_losses(
        model.loss(batch['inputs'], batch['data_samples']))
    return loss


def backbone_loss(backbone: nn.Module, images: Tensor) -> Tensor:
    """Compute a loss of a backbone alone, the sum of its outputs' means.

    Args:
        backbone (nn.Module): A backbone.
        images (Tensor): ``(B, C, H, W)``.

    Returns:
        Tensor: A scalar.
    """
    outputs = tensors_in(backbone(images))
    return sum(output.float().mean() for output in outputs)


def part_loss(model: nn.Module, batch: dict, part: str) -> Tensor:
    """Compute the loss of a part of a model.

    Args:
        model (nn.Module): A detector, segmentor or classifier.
        batch (dict): Of :func:`~.synthetic.synthetic_batch`.
        part (str): 'backbone' or 'model'.

    Returns:
        Tensor: A scalar.
    """
    if part == 'backbone':
        return backbone_loss(model.backbone, batch['inputs'])
    return model_loss(model, batch)


def count_step(model: nn.Module, batch: dict, part: str = 'model') -> Counted:
    """Run a step and count.

    Args:
        model (nn.Module): A detector, segmentor or classifier in training
            mode.
        batch (dict): Of :func:`~.synthetic.synthetic_batch`.
        part (str): 'backbone' or 'model'. Default: 'model'.

    Returns:
        Counted: Its costs; gradients are gone.
    """
    model.zero_grad(set_to_none=True)
    with LiveBytes(known_tensors(model, batch)) as live, FlopSum() as flops:
        loss = part_loss(model, batch, part)
        gc.collect(0)  # cycles of what has just been made
        kept = live.now if loss.requires_grad else 0
        if loss.requires_grad:
            loss.backward()
    model.zero_grad(set_to_none=True)
    return Counted(kept, live.peak, flops.total)


class Measured(NamedTuple):
    """What a step took at its full size.

    Args:
        kept (int): Bytes alive between forward and backward, as
            :class:`Counted`.
        grows (int, optional): By how many bytes memory grew at most: on a
            GPU what torch has allocated, on a CPU what is resident; None
            where that is not known.
    """
    kept: int
    grows: Optional[int]


def run_step(model: nn.Module, batch: dict, part: str = 'model') -> None:
    """Run forward and backward as a training does, and drop the gradients.

    Args:
        model (nn.Module): A detector, segmentor or classifier.
        batch (dict): Of :func:`~.synthetic.synthetic_batch`.
        part (str): 'backbone' or 'model'. Default: 'model'.
    """
    loss = part_loss(model, batch, part)
    if loss.requires_grad:
        loss.backward()
    model.zero_grad(set_to_none=True)


def growth(model: nn.Module,
           batch: dict,
           part: str = 'model') -> Optional[int]:
    """Measure by how much memory grows in a step.

    Args:
        model (nn.Module): A detector, segmentor or classifier.
        batch (dict): Of :func:`~.synthetic.synthetic_batch`.
        part (str): 'backbone' or 'model'. Default: 'model'.

    Returns:
        int, optional: Bytes, as in :class:`Measured`.
    """
    device = batch['inputs'].device
    if device.type == 'cuda':
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        run_step(model, batch, part)
        return torch.cuda.max_memory_allocated(device) - before
    with ResidentPeak() as resident:
        run_step(model, batch, part)
    return resident.growth
