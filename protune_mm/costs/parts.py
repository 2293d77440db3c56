"""Costs of a backbone and of the heads behind it, counted apart."""
import gc
import weakref
from typing import Any, List, NamedTuple, Sequence, Tuple
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from .live_bytes import LiveBytes
from .step import FlopSum, known_tensors, model_loss, tensors_in


class HeadCosts(NamedTuple):
    """What the heads cost.

    Args:
        numbers (np.ndarray): Bytes kept and FLOPs.
        keeps (tuple[bool]): Of each output of the backbone, whether the
            heads keep it.
    """
    numbers: np.ndarray
    keeps: Tuple[bool, ...]


def gradient_pattern(backbone: nn.Module, images: Tensor) -> Tuple[bool, ...]:
    """Tell which outputs of a backbone need a gradient.

    Args:
        backbone (nn.Module): A backbone.
        images (Tensor): ``(B, C, H, W)``.

    Returns:
        tuple[bool]: An entry an output.
    """
    return tuple(x.requires_grad for x in tensors_in(backbone(images)))


def count_heads(model: nn.Module,
                batch: dict,
                pattern: Sequence[bool],
                run_again: bool = False) -> HeadCosts:
    """Count a step of all but the backbone.

    Args:
        model (nn.Module): A detector, segmentor or classifier.
        batch (dict): Of :func:`~.synthetic.synthetic_batch`.
        pattern (Sequence[bool]): Of :func:`gradient_pattern`.
        run_again (bool): Whether parts of the heads run again in backward.
            Default: False.

    Returns:
        HeadCosts: Outputs of the backbone that the heads keep are in it.
    """
    with torch.no_grad():
        outputs = model.backbone(batch['inputs'])
    # No identities: what comes later may have those of what has gone.
    alive: List[weakref.ref] = []

    def copied_outputs(images: Tensor) -> Any:
        """Return copies, so that those are counted that the heads keep."""
        flags = iter(pattern)

        def copy(value: Any) -> Any:
            if not isinstance(value, Tensor):
                return value
            leaf = value.detach().requires_grad_(next(flags)).clone()
            alive.append(weakref.ref(leaf.untyped_storage()))
            return leaf

        return tree_map(copy, outputs)

    known = known_tensors(model, [batch, tensors_in(outputs)])
    # The backbone itself stays: some models read its attributes.
    with patch.object(model.backbone, 'forward', copied_outputs):
        with LiveBytes(known) as live, FlopSum() as flops:
            loss = model_loss(model, batch)
            gc.collect(0)
            kept, keeps = live.now, tuple(ref() is not None for ref in alive)
            # Running backward takes twice the time of all this, so that it
            # is told where nothing is computed twice.
            work = flops.total + flops.backward
            if run_again:
                loss.backward()
                work = flops.total
            del loss
    model.zero_grad(set_to_none=True)
    return HeadCosts(np.array([kept, work], float), keeps)


def count_backbone(backbone: nn.Module, images: Tensor,
                   keeps: Sequence[bool]) -> np.ndarray:
    """Count a step of a backbone whose outputs are held by heads.

    Args:
        backbone (nn.Module): A backbone.
        images (Tensor): ``(B, C, H, W)``.
        keeps (Sequence[bool]): Which of its outputs the heads keep.

    Returns:
        np.ndarray: Bytes kept by the backbone alone, by it together with the
        outputs that heads keep, those outputs, and FLOPs.
    """
    known = known_tensors(backbone, images)
    with LiveBytes(known) as live, FlopSum() as flops:
        outputs = tensors_in(backbone(images))
        loss = sum(x.float().sum() for x in outputs)
        held = [x for x, keep in zip(outputs, keeps) if keep]
        del outputs
        gc.collect(0)
        together = live.now
        # As counted with the heads, which got copies.
        shared = sum(x.numel() * x.element_size() for x in held)
        del held
        alone = live.now
        if loss.requires_grad:
            loss.backward()
    backbone.zero_grad(set_to_none=True)
    return np.array([alone, together, shared, flops.total], float)
