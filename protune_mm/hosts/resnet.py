"""ResNet, ResNetV1c, ResNetV1d and ResNeXt of mmdet, mmseg, mmpretrain."""
from typing import Dict, Sequence, Tuple

from torch import nn

from .family import Family


def stages(backbone: nn.Module) -> Tuple[str, ...]:
    """Return the layers up to the last one that is an output."""
    return tuple(backbone.res_layers[:max(backbone.out_indices) + 1])


def maps(backbone: nn.Module) -> Dict[str, int]:
    """Return the blocks and the layers, as wide as the last convolution."""
    widths = {}
    for stage in stages(backbone):
        for name, block in backbone.get_submodule(stage).named_children():
            last = getattr(block, 'conv3', block.conv2)
            widths[f'{stage}.{name}'] = last.out_channels
        widths[stage] = last.out_channels
    return widths


def block_cfg(backbone: nn.Module) -> dict:
    """Return a prompt with the host's norm (BN, SyncBN, GN), trained."""
    return dict(
        type='PromptBlock',
        norm_cfg={
            **backbone.norm_cfg, 'requires_grad': True
        })


def last_modules(backbone: nn.Module, number: int) -> Sequence[str]:
    """Return the last blocks of the last stage, 1 or 2 of them."""
    last = stages(backbone)[-1]
    blocks = len(backbone.get_submodule(last))
    return [f'{last}.{i}' for i in range(max(0, blocks - number), blocks)]


def convolutions(backbone: nn.Module) -> Sequence[str]:
    """Return the second convolution of each block; of two, also the first."""
    found = []
    for stage in stages(backbone):
        for name, block in backbone.get_submodule(stage).named_children():
            names = ('conv2', ) if hasattr(block, 'conv3') else ('conv1',
                                                                 'conv2')
            found += [f'{stage}.{name}.{conv}' for conv in names]
    return found


def unused(backbone: nn.Module) -> Sequence[str]:
    """Return the layers behind the last one that is an output."""
    return backbone.res_layers[max(backbone.out_indices) + 1:]


def chain(backbone: nn.Module) -> Sequence[str]:
    """Return the stem, and the layers up to the first output."""
    stem = ['stem'] if backbone.deep_stem else [
        'conv1', backbone.norm1_name, 'relu'
    ]
    first = min(backbone.out_indices)
    return [*stem, 'maxpool', *backbone.res_layers[:first + 1]]


RESNET = Family(
    'ResNet',
    stages=stages,
    maps=maps,
    block_cfg=block_cfg,
    last_modules=last_modules,
    convolutions=convolutions,
    channels_last=True,
    unused=unused,
    chain=chain)
