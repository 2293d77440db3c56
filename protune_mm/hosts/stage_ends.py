"""Finding the ends of stages of a backbone that no family knows."""
from collections.abc import Sequence as Sequences
from typing import Any, Dict, List, Sequence, Set, Tuple

import torch
from torch import nn

from protune_mm.errors import UserError
from .dry_run import Size, dry_run
from .family import quarters
from .feature_layout import blend
from .map_graph import MapGraph, Met, tensors_of
from .paths import overview
from .wrapped import wrapper_path

# Finer maps are those of a stem, of which outputs are made in few backbones.
STEM_STRIDE = 4


def _area(size: Size) -> int:
    return size[0] * size[1]


def _inside_blocks(graph: MapGraph) -> Set[int]:
    """Find maps that are a block's own affair.

    A block may look at a coarser map and come back, or widen its input before
    it makes it coarser. What a stage has before its merging of patches is
    like its input, and no block's own.
    """
    hidden = set()
    for i, outer in enumerate(graph.met):
        for j in range(outer.began, i):
            inner = graph.met[j]
            if _area(inner.size) < _area(outer.size):
                hidden.add(j)
            elif _area(inner.size) > _area(outer.size):
                before = [
                    met.channels for met in graph.met[:outer.began]
                    if met.size == inner.size
                ]
                if inner.flat or before[-1:] != [inner.channels]:
                    hidden.add(j)
    return hidden


def _trunks(graph: MapGraph) -> Dict[Size, List[int]]:
    """Find, for each size, maps of which each depends on the one before.

    What is added to a map from another size is no part of it.
    """
    hidden = _inside_blocks(graph)
    trunks: Dict[Size, List[int]] = {}
    for i in graph.reaching():
        size = graph.met[i].size
        if i in hidden or _area(size) == 1:
            continue
        trunk = trunks.setdefault(size, [])
        if not trunk or graph.depends(i, trunk[-1]):
            trunk.append(i)
    # A convolution with its norm alone ends a stage only if nothing else does.
    for size, trunk in trunks.items():
        trunks[size] = [i for i in trunk if not graph.met[i].flat] or trunk
    return trunks


def _drop_stem(graph: MapGraph, trunks: Dict[Size, List[int]]) -> None:
    height, width = graph.image

    def flat(size: Size) -> bool:
        return graph.met[trunks[size][-1]].flat

    # Made for small images, such as ResNets for CIFAR.
    if graph.image in trunks and not flat(graph.image):
        return
    for size in list(trunks):
        if (_area(size) * STEM_STRIDE**2 > height * width
                and not any(size in sizes for sizes, _ in graph.outputs)):
            del trunks[size]


def _reaches(backbone: nn.Module, met: Met) -> bool:
    """Tell whether anything of a map reaches an output.

    That of the last layer does not if a class token alone is returned.
    """

    def spoil(module: nn.Module, inputs: Tuple, output: Any) -> Any:
        return blend(lambda x: x * float('nan'), (*inputs, met.told), output)

    hook = backbone.get_submodule(met.path).register_forward_hook(spoil)
    try:
        with torch.no_grad():
            output = dry_run(backbone, torch.Size)
    finally:
        hook.remove()
    return any(x.is_meta or x.isnan().any() for x in tensors_of(output))


def _quarters(backbone: nn.Module, graph: MapGraph,
              trunk: List[int]) -> List[str]:
    """Return the layers that end the quarters of a plain transformer."""
    lists: Dict[str, List[int]] = {}
    for i in trunk:
        parent, _, name = graph.met[i].path.rpartition('.')
        if name.isdigit():
            lists.setdefault(parent, []).append(i)
    layers = max(lists.values(), key=len, default=[])
    if len(layers) < 2:
        end = graph.met[trunk[-1]].path
        whole = end.removeprefix(wrapper_path(backbone))
        return [] if '.' in whole else [end]
    last = graph.met[layers[-1]]
    returned = any(last.size in sizes and ancestors >> layers[-1] & 1
                   for sizes, ancestors in graph.outputs)
    if not (returned or _reaches(backbone, last)):
        layers.pop()
    return [graph.met[layers[i]].path for i in quarters(len(layers))]


def find_stage_ends(backbone: nn.Module) -> List[str]:
    """Find the modules that end stages by sending an image through.

    A stage ends with the last map of a size, and with one of which an output
    of that size is made. Where all maps have one size, as in plain
    transformers, it ends with each quarter of the layers.

    Args:
        backbone (nn.Module): Any backbone, which is put in eval mode.

    Returns:
        list[str]: Their paths, in the order of computation.

    Raises:
        UserError: If it takes no image.
    """
    graph = MapGraph(backbone)
    trunks = _trunks(graph)
    if len(trunks) == 1:
        return _quarters(backbone, graph, *trunks.values())
    _drop_stem(graph, trunks)
    ends = set()
    for size, trunk in trunks.items():
        ends.add(trunk[-1])
        for sizes, ancestors in graph.outputs:
            if size in sizes:
                ends.update([i for i in trunk if ancestors >> i & 1][-1:])
    paths = [graph.met[i].path for i in sorted(ends)]
    return [_last_item(backbone, path, paths) for path in paths]


def _last_item(backbone: nn.Module, path: str, ends: Sequence[str]) -> str:
    """Return the last item of a sequence that holds other ends, too."""
    module = backbone.get_submodule(path)
    holds = any(end.startswith(f'{path}.') for end in ends)
    if not (holds and isinstance(module, nn.Sequential)):
        return path
    return f'{path}.{list(module._modules)[-1]}'


class StageEnds(Sequences):
    """Paths of the modules that end stages, found when they are needed.

    Args:
        backbone (nn.Module): Any backbone.

    Raises:
        UserError: If none are found.
    """

    def __init__(self, backbone: nn.Module) -> None:
        self._backbone = backbone
        self._found: Sequence[str] = ()

    def _paths(self) -> Sequence[str]:
        self._found = self._found or find_stage_ends(self._backbone)
        if not self._found:
            raise UserError(
                'prompt_stages is missing, and no ends of stages are found in '
                f'this {type(self._backbone).__name__}: list the modules after'
                f' which prompts go; there are {overview(self._backbone)}.')
        return self._found

    def __getitem__(self, index: int) -> str:
        return self._paths()[index]

    def __len__(self) -> int:
        return len(self._paths())
