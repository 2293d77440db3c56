"""The least bytes that exact gradients of prompt blocks need."""
from typing import Any, Optional, Tuple

import torch
from torch import Tensor, nn

from protune_mm.methods.prompt_blocks import PromptBlocks


class FloorCount:
    """Counts in the hooks of one forward pass.

    Attributes:
        total (float): Bytes so far: the input of each prompt block, and a
            bit for each element of a ReLU behind the first of them, which
            is all that its gradient depends on.
    """

    def __init__(self) -> None:
        self.total = 0.
        self.begun = False

    def on_block(self, module: nn.Module, inputs: Tuple) -> None:
        """Count what a prompt block gets."""
        self.begun = True
        self.total += inputs[0].numel() * inputs[0].element_size()

    def on_relu(self, module: nn.Module, inputs: Tuple, output: Any) -> None:
        """Count the bits of a ReLU."""
        if self.begun:
            self.total += output.numel() / 8


def floor_bytes(backbone: nn.Module, images: Tensor) -> Optional[float]:
    """Count the least bytes that a backbone must keep.

    Args:
        backbone (nn.Module): A backbone.
        images (Tensor): ``(B, C, H, W)``.

    Returns:
        float, optional: Bytes; None without prompt blocks or beside other
        methods.
    """
    methods = getattr(backbone, 'methods', ())
    if not methods or not all(isinstance(x, PromptBlocks) for x in methods):
        return None
    count = FloorCount()
    blocks = [block for row in backbone.prompts.values() for block in row]
    inside = {id(x) for block in blocks for x in block.modules()}
    handles = [x.register_forward_pre_hook(count.on_block) for x in blocks]
    handles += [
        x.register_forward_hook(count.on_relu) for x in backbone.modules()
        if isinstance(x, nn.ReLU) and id(x) not in inside
    ]
    try:
        with torch.no_grad():
            backbone(images)
    finally:
        for handle in handles:
            handle.remove()
    return count.total
