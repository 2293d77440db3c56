"""Which maps of a backbone an image meets, and which depend on which."""
from collections import Counter
from functools import partial
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

import torch
from torch import Tensor, nn

from protune_mm.errors import UserError
from protune_mm.execution import is_leaf
from .dry_run import Size, dry_run
from .feature_layout import blend
from .map_forms import SeenMaps, is_like
from .wrapped import new_parts, wrapper_path


class Met(NamedTuple):
    """A map that a module returned.

    Args:
        path (str): Of the module.
        size (tuple[int, int]): ``(H, W)``.
        channels (int): Its channels.
        began (int): How many maps had been met when the module began.
        flat (bool): Whether the module holds nothing but leaves, such as a
            convolution with its norm.
        told (Any): What blending needs to be told.
        node (Any): What computed it, in the graph of autograd.
    """
    path: str
    size: Size
    channels: int
    began: int
    flat: bool
    told: Any
    node: Any


def tensors_of(output: Any) -> Iterator[Tensor]:
    """List the tensors of an output of any form."""
    if isinstance(output, dict):
        output = tuple(output.values())
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, (tuple, list)):
        for part in output:
            yield from tensors_of(part)


def _ancestors(outputs: List[Any], nodes: List[Any]) -> Dict[Any, int]:
    """Find on which of some nodes each node depends, as bits of a number."""
    bits = {node: 1 << i for i, node in enumerate(nodes)}
    found: Dict[Any, int] = {}
    stack = [(node, False) for node in outputs]
    while stack:
        node, done = stack.pop()
        if node in found:
            continue
        before = [n for n, _ in node.next_functions if n is not None]
        if done:
            found[node] = bits.get(node, 0)
            for other in before:
                found[node] |= found[other]
        else:
            stack.append((node, True))
            stack.extend((n, False) for n in before if n not in found)
    return found


class MapGraph:
    """The maps that an image meets on its way to the outputs.

    Modules count that hold others and parameters, run once and return one
    map.

    Args:
        backbone (nn.Module): Any backbone, which is put in eval mode.

    Raises:
        UserError: If it takes no image.
    """

    def __init__(self, backbone: nn.Module) -> None:
        backbone.eval()
        hooks = []
        wrapper = wrapper_path(backbone)
        for path, module in backbone.named_modules():
            if (not path or wrapper.startswith(f'{path}.')
                    or path.split('.')[0] in new_parts(backbone)):
                continue
            if not is_leaf(module) and any(True for _ in module.parameters()):
                hooks += [
                    module.register_forward_pre_hook(self._enter),
                    module.register_forward_hook(partial(self._leave, path))
                ]
            hooks.append(
                module.register_forward_hook(partial(self._see, path)))
        try:
            with torch.enable_grad():
                output = dry_run(backbone, self._begin)
        finally:
            for hook in hooks:
                hook.remove()
        outputs = [x for x in tensors_of(output) if x.grad_fn is not None]
        nodes = [met.node for met in self.met]
        self._found = _ancestors([x.grad_fn for x in outputs], nodes)
        # Sizes, channels first or last, and ancestors of each output.
        self.outputs = [((tuple(x.shape[2:]), tuple(x.shape[1:3])),
                         self._found[x.grad_fn]) for x in outputs]

    def _begin(self, image: Size) -> None:
        self.image = image
        self.seen = SeenMaps(image)
        self.met: List[Met] = []
        self.runs: Counter = Counter()
        self._began: List[int] = []

    def _see(self, path: str, module: nn.Module, inputs: Tuple,
             output: Any) -> None:
        self.seen.note(path, output)

    def _enter(self, module: nn.Module, inputs: Tuple) -> None:
        self._began.append(len(self.met))

    def _leave(self, path: str, module: nn.Module, inputs: Tuple,
               output: Any) -> Any:
        began = self._began.pop()
        self.runs[path] += 1
        told = self.seen.read(inputs, output)[1]
        flat = all(map(is_leaf, module.children()))
        # Its items stand for themselves.
        if isinstance(module, nn.Sequential):
            began = len(self.met)

        def note(x: Tensor) -> Tensor:
            size = tuple(x.shape[2:])
            if not is_like(size, self.image):
                raise UserError('is no map')
            # Something of its own that autograd knows.
            x = x + x.new_zeros((), requires_grad=True)
            self.met.append(
                Met(path, size, x.shape[1], began, flat, told, x.grad_fn))
            return x

        try:
            return blend(note, (*inputs, told), output)
        except UserError:
            return output

    def reaching(self) -> List[int]:
        """List which maps reach an output, of modules that run once."""
        return [
            i for i, met in enumerate(self.met)
            if self.runs[met.path] == 1 and met.node in self._found
        ]

    def depends(self, later: int, earlier: int) -> bool:
        """Tell whether a map that reaches an output depends on another."""
        return bool(self._found[self.met[later].node] >> earlier & 1)
