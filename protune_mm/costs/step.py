"""A step of training: what it keeps, what it computes, how long it takes."""
import gc
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, List, NamedTuple, Optional

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from protune_mm.errors import ONE_VALUE, UserError
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
            self.backward += flops * sum(arg.requires_grad and arg.dim() > 1
                                         for arg in args
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

    Raises:
        UserError: If the batch is too small for a batch norm.
    """
    try:
        losses = model.loss(batch['inputs'], batch['data_samples'])
    except ValueError as error:
        if ONE_VALUE not in str(error):
            raise
        raise UserError('A batch norm of this model sees one value for an '
                        f'image and cannot train on a batch of '
                        f'{len(batch["inputs"])}: give --batch 2 or '
                        'more.') from None
    return model.parse_losses(losses)[0]


@dataclass(frozen=True)
class Step:
    """A step of training, forward and backward, without the optimizer's.

    Args:
        model (nn.Module): A detector, segmentor or classifier.
        batch (dict): Of :func:`~.synthetic.synthetic_batch`.
        part (str): 'model', or 'backbone' alone, with the sum of its outputs'
            means as the loss. Default: 'model'.
        dtype (str): A key of :data:`DTYPES`. Default: 'float32'.
    """
    model: nn.Module
    batch: dict
    part: str = 'model'
    dtype: str = 'float32'

    def loss(self) -> Tensor:
        """Run forward.

        Returns:
            Tensor: A scalar.
        """
        with autocast(self.batch['inputs'].device.type, self.dtype):
            if self.part == 'model':
                return model_loss(self.model, self.batch)
            outputs = tensors_in(self.model.backbone(self.batch['inputs']))
            return sum(output.float().mean() for output in outputs)

    def run(self) -> None:
        """Run forward and backward, and drop the gradients."""
        loss = self.loss()
        if loss.requires_grad:
            loss.backward()
        self.model.zero_grad(set_to_none=True)

    def infer(self) -> None:
        """Run forward as in a test, without what follows the network."""
        images = self.batch['inputs']
        self.model.eval()
        with torch.no_grad(), autocast(images.device.type, self.dtype):
            if self.part == 'backbone':
                self.model.backbone(images)
            else:
                self.model(images, self.batch['data_samples'], mode='tensor')
        self.model.train()


def count_step(step: Step) -> Counted:
    """Run a step and count.

    Args:
        step (Step): The step.

    Returns:
        Counted: Its costs.
    """
    model = step.model
    model.zero_grad(set_to_none=True)
    with LiveBytes(known_tensors(model, step.batch)) as live, \
            FlopSum() as flops:
        loss = step.loss()
        gc.collect(0)  # cycles of what has just been made
        kept = live.now if loss.requires_grad else 0
        if loss.requires_grad:
            loss.backward()
    model.zero_grad(set_to_none=True)
    return Counted(kept, live.peak, flops.total)


def growth(step: Step) -> Optional[int]:
    """Measure by how much memory grows in a step.

    Args:
        step (Step): The step.

    Returns:
        int, optional: On a GPU what torch allocates at most, on a CPU what
        becomes resident, in bytes; None where that is not known.
    """
    device = step.batch['inputs'].device
    if device.type == 'cuda':
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        step.run()
        return torch.cuda.max_memory_allocated(device) - before
    with ResidentPeak() as resident:
        step.run()
    return resident.growth
