"""Swin Transformer of mmdet, mmseg and mmpretrain."""
from typing import Dict, List, Optional, Sequence, Tuple

from torch import Tensor, nn

from protune_mm.errors import UserError
from protune_mm.tuning.checkpoint import REMEDY
from .family import Family
from .swin_tokens import SWIN_TOKENS


def check(backbone: nn.Module) -> None:
    """Raise if an output is of no stage; hosts fail later or not at all."""
    number = len(backbone.stages)
    if not all(0 <= i < number for i in backbone.out_indices):
        raise UserError(
            f'out_indices={tuple(backbone.out_indices)} must be stages of '
            f'{type(backbone).__name__}, 0 to {number - 1}.')


def _used(backbone: nn.Module) -> List[nn.Module]:
    # What is behind the last output reaches none.
    return list(backbone.stages[:max(backbone.out_indices) + 1])


def stages(backbone: nn.Module) -> Tuple[str, ...]:
    """Return each stage's last block."""
    return tuple(f'stages.{i}.blocks.{len(stage.blocks) - 1}'
                 for i, stage in enumerate(_used(backbone)))


def merged(backbone: nn.Module) -> Tuple[str, ...]:
    """Return the merging behind each stage, and the last stage's block."""
    *_, last = ends = stages(backbone)
    return (*[f'stages.{i}.downsample' for i in range(len(ends) - 1)], last)


def merges(backbone: nn.Module) -> bool:
    """Tell whether the last stage is the only output.

    Then the paper's counts say so; with a neck, it sees what the next stage
    sees.
    """
    return list(backbone.out_indices) == [len(backbone.stages) - 1]


def maps(backbone: nn.Module) -> Dict[str, int]:
    """Return the patch embedding, the blocks and the mergings."""
    widths = {'patch_embed': backbone.patch_embed.embed_dims}
    used = _used(backbone)
    for i, stage in enumerate(used):
        for j, block in enumerate(stage.blocks):
            widths[f'stages.{i}.blocks.{j}'] = block.attn.w_msa.embed_dims
        if i < len(used) - 1:
            widths[f'stages.{i}.downsample'] = (
                stage.downsample.reduction.out_features)
    return widths


def block_cfg(backbone: nn.Module) -> dict:
    """Return a prompt with the paper's SE ratio for transformers."""
    return dict(type='PromptBlock', se_ratio=4)


def output_norms(backbone: nn.Module) -> Sequence[str]:
    """Return the norms of the outputs."""
    return [f'norm{i}' for i in backbone.out_indices]


def new_norms(backbone: nn.Module) -> Sequence[str]:
    """Return the norms of the outputs, but one that a checkpoint has."""
    norms = output_norms(backbone)
    # Only mmpretrain names the final norm as checkpoints do.
    if backbone.host == 'mmpretrain':
        norms = [n for n in norms if n != f'norm{len(backbone.stages) - 1}']
    return norms


def last_modules(backbone: nn.Module, number: int) -> Sequence[str]:
    """Return the last block's second linear layer, or its whole FFN."""
    block = stages(backbone)[-1]
    if number == 1:
        return [f'{block}.ffn.layers.1']
    return [f'{block}.norm2', f'{block}.ffn']


def blocks(backbone: nn.Module) -> Sequence[str]:
    """Return the blocks and the mergings between the stages."""
    return [path for path in maps(backbone) if path.startswith('stages.')]


def unused(backbone: nn.Module) -> Sequence[str]:
    """Return the stages behind the last output, and the merging to them."""
    last = max(backbone.out_indices)
    behind = [f'stages.{i}' for i in range(last + 1, len(backbone.stages))]
    return [f'stages.{last}.downsample', *behind]


def chain(backbone: nn.Module) -> Sequence[str]:
    """Return the patch embedding; blocks take more than its tokens."""
    return ['patch_embed']


def refuse(backbone: nn.Module, state_dict: Dict[str, Tensor],
           prefix: str) -> None:
    """Raise if a checkpoint has the names of Swin's authors."""
    theirs = f'{prefix}patch_embed.proj.weight'
    if theirs in state_dict or theirs in state_dict.get('model', ()):
        raise UserError(
            "The checkpoint has the names of Swin's authors: in mmdet set "
            'convert_weights=True; for other libraries take the file '
            'their model zoo has, or convert this one with '
            'mmdet.models.backbones.swin.swin_converter.')


def convert(backbone: nn.Module, state_dict: Dict[str, Tensor],
            prefix: str) -> None:
    """Rename and leave out what older checkpoints have."""
    # mmpretrain converts older checkpoints for its own class only.
    own = backbone.state_dict()
    final = f'norm{len(backbone.stages) - 1}.'
    for key in [key for key in state_dict if key.startswith(prefix)]:
        name = key[len(prefix):]
        if name.endswith('.attn_mask'):
            del state_dict[key]
        elif backbone.host == 'mmpretrain':
            if name.startswith('norm.'):
                new = prefix + final + name[len('norm.'):]
                state_dict[new] = state_dict.pop(key)
        # Follows from the window's size, which may be another one.
        elif name.endswith('.relative_position_index') and name in own:
            state_dict[key] = own[name]


def explain(backbone: nn.Module, error: Exception) -> Optional[str]:
    """Say what is wrong with a checkpoint that mmdet's converter refuses."""
    # mmdet looks for names in a checkpoint before it loads any.
    if isinstance(error, IndexError):
        return ('The checkpoint in init_cfg has nothing that begins with '
                "'backbone.': if it is one of Swin's authors, set "
                'convert_weights=True; if it is a bare backbone of '
                'OpenMMLab, save it with that prefix.')
    if isinstance(error, KeyError):
        converted = getattr(backbone, 'convert_weights', False)
        remedy = ('If OpenMMLab has converted it already, set '
                  'convert_weights=False. ') * converted + REMEDY
        return (f'{type(backbone).__name__} cannot load this checkpoint: the '
                f'model has no {error.args[0]}. {remedy}')
    return None


SWIN = Family(
    'Swin',
    stages=stages,
    merged=merged,
    merges=merges,
    first=('patch_embed', ),
    maps=maps,
    block_cfg=block_cfg,
    output_norms=output_norms,
    new_norms=new_norms,
    last_modules=last_modules,
    blocks=blocks,
    unused=unused,
    tokens=SWIN_TOKENS,
    chain=chain,
    check=check,
    refuse=refuse,
    convert=convert,
    explain=explain)
