"""How prompt tokens travel through a ViT, and what its head sees of them."""
from functools import partial
from typing import List, Optional, Tuple

import torch
from torch import Tensor, nn

from protune_mm.errors import UserError
from .family import TokenPath

POOLS = ('original', 'img_pool', 'prompt_pool', 'imgprompt_pool')


def blocks(backbone: nn.Module) -> List[Tuple[str, int]]:
    """Return the layers that reach an output, and their channels."""
    return [(f'layers.{i}', backbone.embed_dims)
            for i in range(max(backbone.out_indices) + 1)]


def extra(backbone: nn.Module) -> int:
    """Return the number of class tokens."""
    return backbone.num_extra_tokens


def check(backbone: nn.Module, pool: Optional[str]) -> str:
    """Raise if a classifier cannot get what ``pool`` says."""
    pool = pool or POOLS[0]
    if pool not in POOLS:
        raise UserError(f"prompt_pool='{pool}' is not known: "
                        f'choose one of {", ".join(POOLS)}.')
    if pool != POOLS[0] and backbone.out_type in ('raw', 'featmap'):
        raise UserError(f"prompt_pool='{pool}' needs "
                        "out_type='cls_token' or 'avg_featmap', not "
                        f"'{backbone.out_type}'.")
    return pool


def _format_output(backbone: nn.Module, pool: str, tokens: Tensor,
                   size: Tuple[int, int]) -> Tensor:
    """Choose the tokens that the host's own output is made of."""
    of_host = partial(type(backbone)._format_output, backbone)
    first = tokens.shape[1] - size[0] * size[1]  # of the patches
    if first == extra(backbone):  # no prompts
        return of_host(tokens, size)
    before, prompts, patches = tokens.tensor_split((extra(backbone), first),
                                                   dim=1)
    chosen = dict(
        img_pool=patches,
        prompt_pool=prompts,
        imgprompt_pool=tokens[:, extra(backbone):])
    if backbone.out_type == 'avg_featmap':
        mean_of = chosen.get(pool, chosen['imgprompt_pool'])
        tokens = torch.cat((before, mean_of), dim=1)
    elif pool != POOLS[0]:
        return chosen[pool].mean(dim=1)
    elif backbone.out_type != 'cls_token':
        tokens = torch.cat((before, patches), dim=1)
    return of_host(tokens, size)


def open_way(backbone: nn.Module, pool: str, length: int) -> None:
    """Let the output be made of more tokens than the host has."""
    # A partial of a module follows its deep copies, as those of hooks do.
    backbone._format_output = partial(_format_output, backbone, pool)


VIT_TOKENS = TokenPath(blocks, extra, check, open_way)
