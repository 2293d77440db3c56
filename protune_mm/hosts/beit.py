"""BEiT and MAE of mmseg, whose attention knows relative positions."""
from dataclasses import replace
from typing import Dict, Optional, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .changed_weights import stand_in
from .mmseg_vit import MMSEG_VIT, refuse_names
from .mmseg_vit_tokens import MMSEG_VIT_TOKENS
from .mmseg_vit_tokens import open_way as keep_apart

CONVERTER = 'beit2mmseg.py'


def _with_prompts(bias: Tensor, length: int) -> Tensor:
    """Give prompts behind the class token a bias of zero.

    Args:
        bias (Tensor): Shape ``(heads, 1 + H*W, 1 + H*W)``.
        length (int): Prompts, P.

    Returns:
        Tensor: Shape ``(heads, 1 + P + H*W, 1 + P + H*W)``.
    """
    for dim in (1, 2):
        # (dim, side): the class token comes first.
        own, patches = bias.tensor_split((1, ), dim=dim)
        zeros = torch.zeros_like(own).repeat_interleave(length, dim)
        bias = torch.cat((own, zeros, patches), dim=dim)
    return bias


def _attend(attn: nn.Module, x: Tensor) -> Tensor:
    """Stand in for the ``forward`` of an attention: prompts have no place."""
    index = attn.relative_position_index
    length = x.shape[1] - index.shape[0]
    if length == 0:
        return type(attn).forward(attn, x)
    if attn.bias == 'qv_bias':
        qkv_bias = torch.cat(
            (attn.q_bias, torch.zeros_like(attn.v_bias), attn.v_bias))
        qkv = F.linear(x, attn.qkv.weight, qkv_bias)
    else:
        qkv = attn.qkv(x)
    # Three of (B, heads, 1 + P + H*W, C / heads).
    query, key, value = qkv.reshape(*x.shape[:2], 3, attn.num_heads,
                                    -1).permute(2, 0, 3, 1, 4)
    bias = attn.relative_position_bias_table[index].permute(2, 0, 1)
    x = F.scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=_with_prompts(bias, length).to(query.dtype).expand(
            x.shape[0], -1, -1, -1),
        dropout_p=attn.attn_drop.p if attn.training else 0.,
        scale=attn.scale)
    return attn.proj_drop(attn.proj(x.transpose(1, 2).flatten(2)))


def open_way(backbone: nn.Module, pool: str, length: int) -> None:
    """Let attentions take prompts, and keep them apart between the layers."""
    for layer in backbone.layers:
        stand_in(layer.attn, _attend)
    keep_apart(backbone, pool, length)


def derived(backbone: nn.Module) -> Sequence[str]:
    """Return the places of relative positions."""
    return [
        f'layers.{i}.attn.relative_position_index'
        for i in range(len(backbone.layers))
    ]


def refuse(backbone: nn.Module, state_dict: Dict[str, Tensor],
           prefix: str) -> None:
    """Raise if a checkpoint has the names of the authors."""
    refuse_names(state_dict, prefix, CONVERTER)


def explain(backbone: nn.Module, error: Exception) -> Optional[str]:
    """Say what is wrong with names that mmseg looks for before it loads."""
    if not isinstance(error, KeyError):
        return None
    return (f'{type(backbone).__name__} cannot load this checkpoint: the '
            f'model has no {error.args[0]}. If the file is of the authors, '
            f"convert it with mmseg's tools/model_converters/{CONVERTER}; if "
            'the backbone is inside a whole model, give that file to '
            'load_from.')


BEIT = replace(
    MMSEG_VIT,
    name='BEiT',
    tokens=replace(MMSEG_VIT_TOKENS, open=open_way),
    derived=derived,
    refuse=refuse,
    explain=explain)
