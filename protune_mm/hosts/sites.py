"""The places of a backbone where methods act: the one hook mechanism.

::

    image - stem - stage 1 -+- map - stage 2 -+- map - ... - neck
                            '- method         '- method

A method puts modules of its own on places of a backbone. Each acts through a
hook of the host's module, so nothing of the host is copied and no name
changes. Hooks are partials of functions and of the backbone: they follow deep
copies (EMA, teachers) and pickles, as closures would not.
"""
from functools import partial
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from mmengine.model import ModuleDict
from torch import nn

from protune_mm.errors import UserError
from protune_mm.execution import recompute
from .family import Family
from .feature_layout import blend
from .inner_sites import InnerSites
from .kept_hooks import hook
from .paths import overview, resolve_stages
from .probe import find_channels

# Its number, or the path of a module.
Stage = Union[int, str]


def _note_grid(backbone: nn.Module, module: nn.Module, inputs: Tuple,
               output: Tuple) -> None:
    backbone.call.grid = output[1]


def _on_map(backbone: nn.Module, part: str, name: str, module: nn.Module,
            inputs: Tuple, output: Any) -> Any:
    if backbone.call.stock:
        return output
    layer = getattr(backbone, part)[name]
    if backbone.memory == 'leanest':
        layer = partial(recompute, layer, layer)
    return blend(layer, (*inputs, backbone.call.grid), output)


class Sites(InnerSites):
    """What methods find in a backbone, and how they act there.

    Args:
        backbone (nn.Module): A tuned backbone; its attribute ``call`` is a
            :class:`~.call.Call`.
        family (Family): What is known of it.
    """

    def __init__(self, backbone: nn.Module, family: Family) -> None:
        super().__init__(backbone, family)
        # Paths of modules on whose outputs methods act.
        self.hooked: List[str] = []

    def stages(self,
               wanted: Union[None, Stage, Sequence[Stage]] = None,
               merged: Optional[bool] = None) -> List[str]:
        """Return the modules that stages and paths name.

        Args:
            wanted (int | str | Sequence, optional): Stages, counted from 0,
                and paths of modules. Default: None, which means what comes
                before the stages, and each stage that reaches an output.
            merged (bool, optional): Whether a stage ends behind the patch
                merging that follows it. Default: None, which means the
                family's choice.

        Returns:
            list[str]: Their paths.

        Raises:
            UserError: If one is not there, stages are not known, or there is
                no patch merging.
        """
        family = self.family
        if merged is None and family.merged:
            merged = family.merges(self.backbone)
        if merged is not None and not family.merged:
            raise UserError(
                f'prompts_after_merging={merged} is for backbones that merge '
                f'patches, and {type(self.backbone).__name__} does not: leave '
                'it out.')
        find = family.merged if merged else family.stages
        ends = find(self.backbone) if find else ()
        if wanted is None:
            if find is None:
                raise UserError(
                    'prompt_stages is missing: list the modules of this '
                    f'{type(self.backbone).__name__} after which prompts go; '
                    f'there are {overview(self.backbone)}.')
            wanted = (*family.first, *ends)
        elif isinstance(wanted, (int, str)):
            wanted = [wanted]
        return resolve_stages(self.backbone, wanted, ends)

    def channels(self, paths: Sequence[str]) -> Dict[str, int]:
        """Find the channels of maps.

        They are those that the family knows; of other modules, an image tells
        them that is sent through.

        Args:
            paths (Sequence[str]): Paths of modules that return maps.

        Returns:
            dict[str, int]: Channels by path, in the order of computation.

        Raises:
            UserError: If a module returns no map, does not run exactly once
                or reaches no output.
        """
        known = dict(self.family.maps(self.backbone))
        if all(path in known for path in paths):
            return {path: known[path] for path in known if path in paths}
        return find_channels(self.backbone, self.family.grid, paths)

    def add(self, part: str, name: str, layer: nn.Module) -> None:
        """Give the backbone a new module, which trains.

        Args:
            part (str): Child of the backbone that holds it, a
                :class:`ModuleDict`, which is made if need be.
            name (str): Its name there.
            layer (nn.Module): The module.

        Raises:
            UserError: If another method has taken that name.
        """
        if not hasattr(self.backbone, part):
            self.backbone.add_module(part, ModuleDict())
        if name in getattr(self.backbone, part):
            raise UserError(
                f'methods add {part}.{name} to {type(self.backbone).__name__} '
                'twice: give each method places of its own, or leave one out.')
        getattr(self.backbone, part)[name] = layer

    def on_map(self, path: str, part: str, name: str) -> None:
        """Put a module of :meth:`add` on the map that another one returns.

        Args:
            path (str): Path of the host's module; its output is in a form
                that :func:`~.feature_layout.blend` knows.
            part (str): As of :meth:`add`.
            name (str): As of :meth:`add`; the module maps ``(B, C, H, W)`` to
                the same shape.
        """
        self.hooked.append(path)
        hook(self.backbone, path, partial(_on_map, self.backbone, part, name))

    def note_grid(self) -> None:
        """Remember the height and width of tokens in each call."""
        if self.family.grid:
            hook(self.backbone, self.family.grid,
                 partial(_note_grid, self.backbone))
