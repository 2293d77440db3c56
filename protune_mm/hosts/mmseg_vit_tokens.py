"""How prompt tokens travel through a ViT of mmseg, round its maps.

Between its layers the host makes maps of all tokens behind the class token.
So the prompts are among them inside the layers only, and wait in between.
"""
from functools import partial
from typing import List, Optional, Tuple

import torch
from torch import Tensor, nn

from protune_mm.errors import UserError
from .family import TokenPath

POOL = 'original'


def blocks(backbone: nn.Module) -> List[Tuple[str, int]]:
    """Return the layers that reach an output, and their channels."""
    return [(f'layers.{i}', backbone.patch_embed.embed_dims)
            for i in range(max(backbone.out_indices) + 1)]


def extra(backbone: nn.Module) -> int:
    """Return the number of class tokens; only mmseg's ViT can go without."""
    return int(getattr(backbone, 'with_cls_token', True))


def check(backbone: nn.Module, pool: Optional[str]) -> str:
    """Raise if ``pool`` leaves no maps."""
    if pool not in (None, POOL):
        raise UserError(f"prompt_pool='{pool}' is for classifiers, and "
                        f'{type(backbone).__name__} of {backbone.host} returns'
                        f" maps: choose '{POOL}', or leave it out.")
    return POOL


def _begin(backbone: nn.Module, module: nn.Module, inputs: Tuple) -> None:
    # A call that failed half-way may have left something.
    backbone.call.prompts = None


def _put_back(backbone: nn.Module, module: nn.Module,
              inputs: Tuple[Tensor]) -> Optional[Tuple[Tensor]]:
    prompts, backbone.call.prompts = backbone.call.prompts, None
    if prompts is None:
        return None
    tokens, first = inputs[0], extra(backbone)
    return torch.cat((tokens[:, :first], prompts, tokens[:, first:]), dim=1),


def _take_out(backbone: nn.Module, length: int, last: bool, module: nn.Module,
              inputs: Tuple, output: Tensor) -> Optional[Tensor]:
    if backbone.call.stock:
        return None
    first = extra(backbone)
    if not last:  # later layers reach no output
        backbone.call.prompts = output[:, first:first + length]
    return torch.cat((output[:, :first], output[:, first + length:]), dim=1)


def open_way(backbone: nn.Module, pool: str, length: int) -> None:
    """Keep prompts apart between the layers.

    A method changes what a layer takes after they have been put back: its
    hooks come later.
    """
    backbone.register_forward_pre_hook(partial(_begin, backbone))
    layers = [backbone.get_submodule(path) for path, _ in blocks(backbone)]
    for layer in layers:
        layer.register_forward_pre_hook(partial(_put_back, backbone))
        layer.register_forward_hook(
            partial(_take_out, backbone, length, layer is layers[-1]))


MMSEG_VIT_TOKENS = TokenPath(blocks, extra, check, open_way)
