"""The sublayers of transformers' blocks: attention and FFN.

::

    x -+- norm 1 - attention - (+) -+- norm 2 - FFN - (+) - x
       '------------------------'   '------------------'

All libraries build such blocks, and name their parts in few ways.
"""
from functools import partial
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import torch
from torch import Tensor, nn

from .dry_run import dry_run

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
        branch (str): The module that returns what it adds, ``(B, N, C)``;
            '' if there is none.
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


class _Visit:
    """What an image meets in a block that names alone do not tell."""

    def __init__(self) -> None:
        self.fits = True
        self.stream: Any = None
        # By sublayer: what its branch returned, and what went on.
        self.branches: Dict[str, Any] = {}
        self.streams: Dict[str, Any] = {}

    def enter(self, module: nn.Module, inputs: Tuple) -> None:
        """Forward pre-hook of the block."""
        self.stream = inputs[0]

    def norm(self, kind: str, module: nn.Module, inputs: Tuple) -> None:
        """Forward pre-hook of its norms."""
        self.fits &= inputs[0].shape == self.stream.shape
        if kind == 'attention':
            # Behind attention, as in SwinV2, a norm gets another tensor.
            self.fits &= inputs[0] is self.stream
        else:
            self.streams['attention'] = inputs[0]

    def branch(self, kind: str, module: nn.Module, inputs: Tuple,
               output: Any) -> None:
        """Forward hook of a branch."""
        self.branches[kind] = output

    def leave(self, module: nn.Module, inputs: Tuple, output: Any) -> None:
        """Forward hook of the block."""
        self.streams['ffn'] = output
        self.fits &= (
            isinstance(output, Tensor) and output.dim() == 3
            and output.shape == self.stream.shape)

    def has_branch(self, kind: str) -> bool:
        """Tell whether the stream is not what a branch returns itself."""
        output = self.branches.get(kind)
        return (isinstance(output, Tensor)
                and output.shape == self.stream.shape
                and output is not self.streams[kind])


def in_residual_stream(backbone: nn.Module,
                       sublayers: Sequence[Sublayer]) -> List[Sublayer]:
    """Choose the sublayers of blocks that norm first and then add.

    An image is sent through.

    Args:
        backbone (nn.Module): A backbone whose blocks are known by names only.
        sublayers (Sequence[Sublayer]): Of :func:`find_sublayers`.

    Returns:
        list[Sublayer]: Those whose block takes and returns tokens of one
        form, ``(B, N, C)``; without ``branch`` if a sublayer adds by itself.
    """
    visits = {s.block: _Visit() for s in sublayers}
    hooks = []
    for path, visit in visits.items():
        block = backbone.get_submodule(path)
        hooks += [
            block.register_forward_pre_hook(visit.enter),
            block.register_forward_hook(visit.leave)
        ]
    for kind, path, norm, _, branch, _ in sublayers:
        visit = visits[path]
        hooks += [
            backbone.get_submodule(norm).register_forward_pre_hook(
                partial(visit.norm, kind)),
            backbone.get_submodule(branch).register_forward_hook(
                partial(visit.branch, kind))
        ]
    backbone.eval()
    try:
        with torch.no_grad():
            dry_run(backbone, lambda size: None)
    finally:
        for hook in hooks:
            hook.remove()
    return [
        s if visits[s.block].has_branch(s.kind) else s._replace(branch='')
        for s in sublayers if visits[s.block].fits
    ]
