"""Prompt tokens in the windows of a Swin Transformer.

Prompts lie before the ``H * W`` patch tokens of an image. The functions below
stand in for the ``forward`` of a host's modules and use that of its class for
the patches, so that nothing of the host is copied and no name changes.
"""
from functools import partial
from typing import Optional, Sequence, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .call import Call


def split_prompts(tokens: Tensor, size: Sequence[int]) -> Sequence[Tensor]:
    """Split tokens into prompts and patches.

    Args:
        tokens (Tensor): Shape ``(B, P + H*W, C)``.
        size (Sequence[int]): ``(H, W)``.

    Returns:
        Sequence[Tensor]: Shapes ``(B, P, C)`` and ``(B, H*W, C)``.
    """
    patches = size[0] * size[1]
    return tokens.split((tokens.shape[1] - patches, patches), dim=1)


def _attend(w_msa: nn.Module,
            call: Call,
            patches: Tensor,
            mask: Optional[Tensor] = None) -> Tensor:
    """Attend in each window to its patches and to the image's prompts.

    Prompts have no position: bias and mask are zero in their rows and
    columns. What they become is the mean over the windows of their image.
    """
    prompts, call.prompts = call.prompts, None
    if prompts is None:
        return type(w_msa).forward(w_msa, patches, mask)
    # Neither len() nor unflatten: an exported graph would keep the number of
    # images.
    images, length, channels = prompts.shape
    windows = patches.shape[0] // images
    # The windows of an image are neighbours, those of the first come first.
    repeated = prompts[:, None].expand(-1, windows, -1, -1)
    x = torch.cat((repeated.flatten(0, 1), patches), dim=1)
    index = w_msa.relative_position_index
    bias = w_msa.relative_position_bias_table[index].permute(2, 0, 1)
    if mask is not None:
        bias = (bias + mask[:, None]).repeat(images, 1, 1, 1)
    query, key, value = w_msa.qkv(x).reshape(*x.shape[:2], 3, w_msa.num_heads,
                                             -1).permute(2, 0, 3, 1, 4)
    x = F.scaled_dot_product_attention(
        query,
        key,
        value,
        # (B * windows, heads, P + area, P + area): not broadcast, which
        # would rule torch's lean kernels out.
        attn_mask=F.pad(bias, (length, 0, length, 0)).to(query.dtype).expand(
            x.shape[0], -1, -1, -1),
        dropout_p=w_msa.attn_drop.p if w_msa.training else 0.,
        scale=w_msa.scale)
    x = w_msa.proj_drop(w_msa.proj(x.transpose(1, 2).flatten(2)))
    call.prompts = x[:, :length].reshape(images, windows, length,
                                         channels).mean(dim=1)
    return x[:, length:]


def _shift_windows(attn: nn.Module, call: Call, tokens: Tensor,
                   size: Sequence[int]) -> Tensor:
    """Hand the prompts round the partition of the map into windows."""
    prompts, patches = split_prompts(tokens, size)
    if prompts.shape[1]:
        call.prompts = prompts
    patches = type(attn).forward(attn, patches, size)
    if call.prompts is not None:
        prompts, call.prompts = call.prompts, None
    return attn.drop_all(torch.cat((prompts, patches), dim=1))


def _merge_patches(merging: nn.Module, tokens: Tensor,
                   size: Sequence[int]) -> Tuple[Tensor, Sequence[int]]:
    """Merge each prompt with copies of itself, as if it filled the window.

    In whatever order the host joins the channels of the patches, those of a
    prompt are in the same order.
    """
    prompts, patches = split_prompts(tokens, size)
    patches, merged_size = type(merging).forward(merging, patches, size)
    if not prompts.shape[1]:
        return patches, merged_size
    window = merging.sampler.kernel_size
    filled = prompts.flatten(0, 1)[:, None].expand(-1, window[0] * window[1],
                                                   -1)
    merged, _ = type(merging).forward(merging, filled, window)
    merged = merged.view(*prompts.shape[:2], -1)
    return torch.cat((merged, patches), dim=1), merged_size


def take_prompts(stage: nn.Module, call: Call) -> None:
    """Let a stage of a Swin Transformer take prompts before its patches.

    Without prompts it computes as before. Source: Visual Prompt Tuning,
    https://arxiv.org/abs/2203.12119, section 3.2 ("Swin").

    Args:
        stage (nn.Module): A stage of the Swin of mmdet, mmseg or mmpretrain,
            changed in place.
        call (Call): Where prompts are between its modules.
    """
    # Partials of a module follow its deep copies, as those of hooks do.
    for block in stage.blocks:
        # Stochastic depth is of an image: its prompts and patches together.
        block.attn.drop_all, block.attn.drop = block.attn.drop, nn.Identity()
        block.attn.forward = partial(_shift_windows, block.attn, call)
        block.attn.w_msa.forward = partial(_attend, block.attn.w_msa, call)
    if stage.downsample is not None:
        stage.downsample.forward = partial(_merge_patches, stage.downsample)
