"""Vision Transformer (ViT, DeiT) of mmpretrain."""
from typing import Dict, Sequence, Tuple

from torch import nn

from protune_mm.errors import UserError
from .family import Family, quarters
from .swin import block_cfg, chain
from .vit_tokens import VIT_TOKENS


def check(backbone: nn.Module) -> None:
    """Raise if an output is behind the last layer; the host lets it pass."""
    if max(backbone.out_indices) >= backbone.num_layers:
        raise UserError(f'out_indices={backbone.out_indices} must be layers '
                        f'of {type(backbone).__name__}, 0 to '
                        f'{backbone.num_layers - 1}.')


def _depth(backbone: nn.Module) -> int:
    """Count the layers whose patches reach an output."""
    depth = max(backbone.out_indices) + 1
    return depth - 1 if backbone.out_type == 'cls_token' else depth


def stages(backbone: nn.Module) -> Tuple[str, ...]:
    """Return the layer that ends each quarter of the depth."""
    return tuple(f'layers.{end}' for end in quarters(_depth(backbone)))


def maps(backbone: nn.Module) -> Dict[str, int]:
    """Return the patch embedding and the layers."""
    paths = ['patch_embed'] + [f'layers.{i}' for i in range(_depth(backbone))]
    return dict.fromkeys(paths, backbone.embed_dims)


def output_norms(backbone: nn.Module) -> Sequence[str]:
    """Return the final norm, if there is one behind an output."""
    last = backbone.num_layers - 1 in backbone.out_indices
    return ['ln1'] if backbone.final_norm and last else []


def new_norms(backbone: nn.Module) -> Sequence[str]:
    """Return the norm of the mean over the patches."""
    return ['ln2'] if backbone.out_type == 'avg_featmap' else []


def last_modules(backbone: nn.Module, number: int) -> Sequence[str]:
    """Return the last layer's FFN with its norm, or the whole layer."""
    last = f'layers.{max(backbone.out_indices)}'
    return [f'{last}.ln2', f'{last}.ffn'] if number == 1 else [last]


def unused(backbone: nn.Module) -> Sequence[str]:
    """Return the layers behind the last output, and what follows them."""
    last = max(backbone.out_indices) + 1
    behind = [f'layers.{i}' for i in range(last, backbone.num_layers)]
    return [*behind, 'ln1'] if behind else []


VIT = Family(
    'ViT',
    stages=stages,
    first=('patch_embed', ),
    maps=maps,
    block_cfg=block_cfg,
    output_norms=output_norms,
    new_norms=new_norms,
    last_modules=last_modules,
    norms_first=True,
    unused=unused,
    grid='patch_embed',
    tokens=VIT_TOKENS,
    chain=chain,
    check=check)
