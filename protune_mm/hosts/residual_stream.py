"""What methods add to the residual stream of a transformer's block.

::

    x -+- norm 1 -+- attention - (+) - behind -+- norm 2 -+- FFN - (+) - behind
       |          '- beside ------'            |          '- beside -'
       '--------------------------'            '-----------------------'

A block adds the output of its second half to what it has then. So what a
method adds in between is shown to that half's norm, and added again at the
block's end; no ``forward`` of a host is copied.
"""
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Callable, Dict, List, Optional, Tuple

import torch
from torch import Tensor, nn

from .dry_run import dry_run
from .feature_layout import size_among
from .kept_hooks import hook
from .map_graph import tensors_of
from .sublayers import KINDS, Sublayer

# A method's module by part and name.
Name = Tuple[str, str]


def _names() -> Dict[str, List[Name]]:
    return {kind: [] for kind in KINDS}


@dataclass
class Stream:
    """The methods' modules at the residual stream of one block.

    Args:
        beside (dict[str, list]): By sublayer, those that get the norm's
            output.
        behind (dict[str, list]): By sublayer, those that get the map that it
            leaves.
    """
    beside: Dict[str, List[Name]] = field(default_factory=_names)
    behind: Dict[str, List[Name]] = field(default_factory=_names)


def layer_of(backbone: nn.Module, name: Name) -> nn.Module:
    """Return a method's module."""
    part, key = name
    return getattr(backbone, part)[key]


def _add(call: Any, change: Tensor) -> None:
    call.added = change if call.added is None else call.added + change


def _of_map(layer: Callable, tokens: Tensor, size: Tuple[int, int]) -> Tensor:
    """Compute the change of tokens; those before the map have none."""
    first = tokens.shape[1] - size[0] * size[1]
    change = layer(tokens[:, first:], size).type_as(tokens)
    if not first:
        return change
    none = torch.zeros_like(tokens[:, :first])
    return torch.cat((none, change), dim=1)


def _beside(backbone: nn.Module, stream: Stream, kind: str, module: nn.Module,
            inputs: Tuple, output: Tensor) -> None:
    """Forward hook of a norm."""
    if not backbone.call.stock:
        for name in stream.beside[kind]:
            layer = layer_of(backbone, name)
            _add(backbone.call, layer(output).type_as(inputs[0]))


def _between(backbone: nn.Module, stream: Stream, module: nn.Module,
             inputs: Tuple) -> Optional[Tuple]:
    """Forward pre-hook of the second norm."""
    call = backbone.call
    if call.stock:
        return None
    tokens, *rest = inputs
    if call.added is not None:
        tokens = tokens + call.added
    for name in stream.behind['attention']:
        change = _of_map(layer_of(backbone, name), tokens, call.grid)
        tokens = tokens + change
        _add(call, change)
    return tokens, *rest


def _forward(backbone: nn.Module, stream: Stream, forward: Callable, *inputs:
             Any, **options: Any) -> Any:
    """Stand in for the ``forward`` of a block."""
    call = backbone.call
    if call.stock:
        return forward(*inputs, **options)
    before, call.added = call.added, None
    call.grid = size_among(inputs) or call.grid
    try:
        tokens = forward(*inputs, **options)
        if call.added is not None:
            tokens = tokens + call.added
        for name in stream.behind['ffn']:
            layer = layer_of(backbone, name)
            tokens = tokens + _of_map(layer, tokens, call.grid)
    finally:
        call.added = before
    return tokens


def reaches(backbone: nn.Module, block: str) -> bool:
    """Tell whether the map of a block reaches an output.

    That of the last one does not if a class token alone is returned.

    Args:
        backbone (nn.Module): A backbone whose blocks know their grid.
        block (str): Path of the block.

    Returns:
        bool: Whether it does; True where tensors have no values.
    """

    def spoil(module: nn.Module, inputs: Tuple, output: Tensor) -> Tensor:
        height, width = size_among(inputs) or backbone.call.grid
        spoiled = output.clone()
        spoiled[:, output.shape[1] - height * width:] = float('nan')
        return spoiled

    handle = backbone.get_submodule(block).register_forward_hook(spoil)
    backbone.eval()
    try:
        with torch.no_grad():
            output = dry_run(backbone, lambda size: None)
    finally:
        handle.remove()
    return any(x.is_meta or x.isnan().any() for x in tensors_of(output))


def open_stream(backbone: nn.Module, pair: Tuple[Sublayer,
                                                 Sublayer]) -> Stream:
    """Let methods act at the residual stream of a block.

    Args:
        backbone (nn.Module): A tuned backbone, changed in place.
        pair (tuple[Sublayer, Sublayer]): Attention and FFN of a block.

    Returns:
        Stream: Where to name the methods' modules.
    """
    stream = Stream()
    block = backbone.get_submodule(pair[0].block)
    if hasattr(block, 'with_cp'):
        # The host's checkpoint would cut what is added off from backward;
        # memory='leanest' runs the whole block again.
        block.with_cp = False
    for sublayer in pair:
        hook(backbone, sublayer.norm,
             partial(_beside, backbone, stream, sublayer.kind))
    hook(backbone, pair[1].norm, partial(_between, backbone, stream), True)
    # A method may have put one of its own in its place.
    forward = vars(block).get('forward', partial(type(block).forward, block))
    block.forward = partial(_forward, backbone, stream, forward)
    return stream
