"""Feature maps in the forms that backbones hand them around."""
from typing import Any, Callable, Optional, Tuple

import torch
from torch import Tensor
from torch.fx import Proxy

from protune_mm.errors import UserError


class ChannelsLast:
    """Says, among the inputs of a module, that its map is (B, H, W, C)."""


def size_among(values: Tuple) -> Optional[Tuple[int, int]]:
    """Return the first ``(H, W)`` among values."""
    for value in values:
        if isinstance(value, (tuple, list)) and len(value) == 2:
            return tuple(value)
    return None


def blend(prompts: Callable[[Tensor], Tensor], inputs: Tuple,
          output: Any) -> Any:
    """Apply prompts to a module's output, whatever its form.

    Args:
        prompts (Callable): Maps ``(B, C, H, W)`` to the same shape.
        inputs (tuple): Positional inputs of the module.
        output: Its output: a map ``(B, C, H, W)``, or ``(B, H, W, C)`` if
            there is a :class:`ChannelsLast` among the inputs; tokens
            ``(B, H*W, C)`` of a module that was given ``(H, W)``, as Swin's
            blocks are; or a pair of tokens and ``(H, W)``, as of Swin's patch
            embedding and patch merging. Tokens before those of the map, such
            as a class token and prompt tokens, pass by.

    Returns:
        The output in its own form, prompts blended in.

    Raises:
        UserError: If the output is neither.
    """
    if (isinstance(output, tuple) and len(output) == 2
            and size_among(output[1:])):
        return blend(prompts, output[1:], output[0]), output[1]
    if any(isinstance(value, ChannelsLast) for value in inputs):
        feature_map = prompts(output.permute(0, 3, 1, 2))
        # Contiguous, as hosts view it.
        return feature_map.permute(0, 2, 3, 1).contiguous()
    if isinstance(output, Tensor) and output.dim() == 4:
        return prompts(output)
    size = size_among(inputs)
    # What torch.fx traces does not tell its form; a module that is given no
    # (H, W) returned a map when the prompts were made.
    if isinstance(output, Proxy) and not size:
        return prompts(output)
    if (isinstance(output, Tensor) and output.dim() == 3 and size
            and output.shape[1] >= size[0] * size[1]):
        first = output.shape[1] - size[0] * size[1]
        feature_map = output[:, first:].transpose(1, 2)
        # Not unflatten: an exported graph would keep the number of images.
        feature_map = feature_map.reshape(*feature_map.shape[:2], *size)
        patches = prompts(feature_map).flatten(2).transpose(1, 2)
        if not first:
            return patches
        return torch.cat((output[:, :first], patches), dim=1)
    form = tuple(output.shape) if isinstance(output,
                                             Tensor) else type(output).__name__
    raise UserError(f'returns {form}, not a feature map (B, C, H, W)')
