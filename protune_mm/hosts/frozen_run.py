"""How the frozen part of a backbone runs, so that backward needs little."""
from functools import partial
from typing import Any, Callable, List, Sequence, Tuple

from torch import nn

from protune_mm.execution import (can_run_again, heavy_leaves, is_leaf,
                                  parts_by_type, policy_of, quicken_pool,
                                  recompute, slim)
from protune_mm.tuning.freezing import belongs
from .sites import Sites


def _block_forward(backbone: nn.Module, block: nn.Module,
                   inside: Sequence[nn.Module], forward: Callable, *inputs:
                   Any, **options: Any) -> Any:
    """Stand in for the ``forward`` of a block."""
    return recompute(
        block,
        forward,
        *inputs,
        scene=backbone.call.scene,
        inside=inside,
        **options)


def _gains(sites: Sites, path: str) -> bool:
    """Tell if a second run of a block is possible and spares memory."""
    block = sites.backbone.get_submodule(path)
    return (can_run_again(block) and bool(heavy_leaves(block))
            and not any(x.startswith(f'{path}.') for x in sites.hooked))


def _narrow(backbone: nn.Module, paths: Sequence[str]) -> List[str]:
    """Leave the widest blocks out, unless most are as wide.

    Where stages get wider, a block of the last one keeps the fewest bytes,
    and a second run of it takes as long as that of any other.
    """
    sizes = {
        path: sum(x.numel() for x in backbone.get_submodule(path).parameters())
        for path in paths
    }
    narrow = [
        path for path, size in sizes.items() if 2 * size <= max(sizes.values())
    ]
    return narrow if 2 * len(narrow) >= len(paths) else list(paths)


def recompute_blocks(sites: Sites) -> Tuple[str, ...]:
    """Let blocks run again in backward, where that saves much memory.

    Args:
        sites (Sites): The places of a tuned backbone, which is changed in
            place. A block around a place of prompts runs once, and so do
            the blocks of a stage that is wider than the others.

    Returns:
        tuple[str, ...]: The paths of those that do.
    """
    backbone = sites.backbone
    chosen = _narrow(backbone,
                     [path for path in sites.blocks() if _gains(sites, path)])
    for path in chosen:
        block = backbone.get_submodule(path)
        # A method may have put one of its own in its place.
        forward = vars(block).get('forward',
                                  partial(type(block).forward, block))
        block.forward = partial(_block_forward, backbone, block,
                                sites.inside.get(path, []), forward)
    return tuple(chosen)


def _frozen_leaves(backbone: nn.Module,
                   recomputed: Sequence[str]) -> List[nn.Module]:
    apart = (*backbone.trained_parts(), *recomputed)
    return [
        module for name, module in backbone.named_modules()
        if is_leaf(module) and not belongs(name, apart)
    ]


def slim_leaves(backbone: nn.Module, recomputed: Sequence[str],
                smallest: int) -> None:
    """Let frozen leaf modules keep what their policies say.

    Args:
        backbone (nn.Module): A tuned backbone, changed in place. Modules that
            have it already stay as they are.
        recomputed (Sequence[str]): Paths of blocks whose leaves keep nothing
            anyway.
        smallest (int): Elements that an input must have for it.
    """
    for module in _frozen_leaves(backbone, recomputed):
        slim(module, smallest)
        quicken_pool(module)


def memory_line(backbone: nn.Module) -> str:
    """Say what keeps less for backward than in torch's own way.

    Args:
        backbone (nn.Module): A tuned backbone.

    Returns:
        str: A line; '' if there is nothing to say.
    """
    if (not backbone.methods or backbone.memory == 'plain'
            or backbone.trained_parts() is None):
        return ''
    leaves = _frozen_leaves(backbone, backbone.recomputed)
    heavy = set(map(id, heavy_leaves(backbone)))
    kinds = {
        'keep next to nothing': [m for m in leaves if policy_of(m)],
        'are computed again in backward':
        [backbone.get_submodule(path) for path in backbone.recomputed],
        "keep what torch keeps": [m for m in leaves if id(m) in heavy]
    }
    texts = [
        f'{", ".join(parts_by_type(modules))} {what}'
        for what, modules in kinds.items() if modules
    ]
    return f"memory='{backbone.memory}': {'; '.join(texts)}."
