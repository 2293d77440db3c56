"""Vision Transformer (ViT, DeiT) of mmseg."""
from typing import Dict, Sequence, Tuple

from torch import Tensor, nn

from protune_mm.errors import UserError
from .family import Family, quarters
from .mmseg_vit_tokens import MMSEG_VIT_TOKENS, blocks
from .swin import block_cfg, chain


def check(backbone: nn.Module) -> None:
    """Raise if an output is of no layer; the host leaves it out."""
    number = len(backbone.layers)
    if not all(0 <= i < number for i in backbone.out_indices):
        raise UserError(
            f'out_indices={tuple(backbone.out_indices)} must be layers of '
            f'{type(backbone).__name__}, 0 to {number - 1}.')


def stages(backbone: nn.Module) -> Tuple[str, ...]:
    """Return the layer that ends each quarter of the depth."""
    paths = [path for path, _ in blocks(backbone)]
    return tuple(paths[end] for end in quarters(len(paths)))


def maps(backbone: nn.Module) -> Dict[str, int]:
    """Return the patch embedding and the layers."""
    widths = dict(blocks(backbone))
    return {'patch_embed': backbone.patch_embed.embed_dims, **widths}


def output_norms(backbone: nn.Module) -> Sequence[str]:
    """Return the final norm, if there is one behind an output."""
    last = len(backbone.layers) - 1 in backbone.out_indices
    return [backbone.norm1_name] if backbone.final_norm and last else []


def last_modules(backbone: nn.Module, number: int) -> Sequence[str]:
    """Return the last layer's FFN with its norm, or the whole layer."""
    path = stages(backbone)[-1]
    norm = backbone.get_submodule(path).norm2_name
    return [f'{path}.{norm}', f'{path}.ffn'] if number == 1 else [path]


def unused(backbone: nn.Module) -> Sequence[str]:
    """Return the layers behind the last output, and what follows them."""
    number, last = len(backbone.layers), max(backbone.out_indices) + 1
    behind = [f'layers.{i}' for i in range(last, number)]
    norm = [backbone.norm1_name] if behind and backbone.final_norm else []
    return [*behind, *norm]


def refuse_names(state_dict: Dict[str, Tensor], prefix: str,
                 converter: str) -> None:
    """Raise if a checkpoint has the names of timm or of a paper's authors.

    Args:
        state_dict (dict[str, Tensor]): The checkpoint's entries.
        prefix (str): What the backbone's names begin with in it.
        converter (str): The script of mmseg that renames them.

    Raises:
        UserError: If it has.
    """
    theirs = f'{prefix}patch_embed.proj.weight'
    if theirs in state_dict or theirs in state_dict.get('model', ()):
        raise UserError(
            'The checkpoint has the names of timm or of the authors: convert '
            f"it with mmseg's tools/model_converters/{converter}.")


def refuse(backbone: nn.Module, state_dict: Dict[str, Tensor],
           prefix: str) -> None:
    """Raise for other libraries' files and if a bias would be left out."""
    refuse_names(state_dict, prefix, 'vit2mmseg.py')
    name = type(backbone).__name__
    if f'{prefix}layers.0.attn.qkv.weight' in state_dict:
        raise UserError(
            f"The checkpoint is of mmpretrain's ViT: take type='mmpretrain."
            f"{name}' with out_type='featmap', or convert timm's file with "
            "mmseg's tools/model_converters/vit2mmseg.py.")
    bias = 'patch_embed.projection.bias'
    if prefix + bias in state_dict and bias not in backbone.state_dict():
        # mmseg leaves it out since it has patch_bias, and says so in a
        # warning; its published files are older.
        raise UserError(
            f'The checkpoint has a bias of the patch embedding, and this '
            f'{name} has none, which would change every feature: set '
            'patch_bias=True in the backbone.')


MMSEG_VIT = Family(
    'ViT of mmseg',
    stages=stages,
    first=('patch_embed', ),
    maps=maps,
    block_cfg=block_cfg,
    output_norms=output_norms,
    last_modules=last_modules,
    norms_first=True,
    unused=unused,
    grid='patch_embed',
    tokens=MMSEG_VIT_TOKENS,
    chain=chain,
    check=check,
    refuse=refuse)
