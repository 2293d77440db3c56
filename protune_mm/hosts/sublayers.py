"""The sublayers of transformers' blocks: attention and FFN.

::

    x -+- norm 1 - attention - (+) -+- norm 2 - FFN - (+) - x
       '------------------------'   '------------------'

All libraries build such blocks, and name their parts in few ways.
"""
from typing import List, NamedTuple, Optional, Sequence

from torch import nn

KINDS = ('attention', 'ffn')
# What libraries call the norms and what is behind them.
NAMES = {
    'attention': (('norm1', 'ln1'), ('attn', )),
    'ffn': (('norm2', 'ln2'), ('ffn', 'mlp'))
}
# mmcv's add the residual themselves; what they add is what these return.
# Of the FFN of DINOv2's largest ViT, it is the last layer.
INSIDE = {
    'attention': ('proj_drop', ),
    'ffn': ('layers', 'w3'),
}
MMCV_ATTENTION = 'mmcv.cnn.bricks.transformer.MultiheadAttention'


class Sublayer(NamedTuple):
    """Attention or FFN of a block, by paths of a backbone's modules.

    Args:
        kind (str): ``'attention'`` or ``'ffn'``.
        block (str): The block.
        norm (str): The norm before it.
        whole (str): The module that holds its layers.
        branch (str): The module that returns what it adds, ``(B, N, C)``.
        channels (int): Channels, C.
    """
    kind: str
    block: str
    norm: str
    whole: str
    branch: str
    channels: int


def _one_of(module: nn.Module, names: Sequence[str]) -> Optional[str]:
    return next((name for name in names if name in module._modules), None)


def _branch(kind: str, module: nn.Module) -> str:
    """Return what ends the branch inside a module, as '.layers'."""
    own = f'{type(module).__module__}.{type(module).__qualname__}'
    if kind == 'attention' and own != MMCV_ATTENTION:
        return ''
    name = _one_of(module, INSIDE[kind])
    return f'.{name}' if name else ''


def find_sublayers(backbone: nn.Module,
                   blocks: Sequence[str]) -> List[Sublayer]:
    """Find the sublayers of blocks.

    Args:
        backbone (nn.Module): A backbone.
        blocks (Sequence[str]): Paths of its blocks.

    Returns:
        list[Sublayer]: Two of each block that has both, in order.
    """
    found = []
    for path in blocks:
        block = backbone.get_submodule(path)
        names = [[_one_of(block, group) for group in NAMES[kind]]
                 for kind in KINDS]
        if None in sum(names, []):
            continue
        for kind, (norm, part) in zip(KINDS, names):
            module = block.get_submodule(part)
            weight = block.get_submodule(norm).weight
            found.append(
                Sublayer(kind, path, f'{path}.{norm}', f'{path}.{part}',
                         f'{path}.{part}{_branch(kind, module)}',
                         weight.numel()))
    return found
