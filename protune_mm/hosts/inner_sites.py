"""The places inside the blocks of a backbone where methods act."""
from functools import cached_property, partial
from typing import Dict, List, Sequence, Tuple

from torch import Tensor, nn

from protune_mm.execution import find_blocks
from protune_mm.tuning.freezing import belongs
from .changed_weights import change_weights
from .family import Family
from .kept_hooks import hook
from .map_forms import keep_grids
from .probe import find_channels
from .residual_stream import Stream, layer_of, open_stream, reaches
from .sublayers import Sublayer, find_sublayers, in_residual_stream
from .weights import Weights, find_weights, is_plain


def _add_to_output(backbone: nn.Module, part: str, name: str,
                   module: nn.Module, inputs: Tuple, output: Tensor) -> Tensor:
    if backbone.call.stock:
        return output
    layer = layer_of(backbone, (part, name))
    return output + layer(inputs[0]).type_as(output)


def _add_to_branch(backbone: nn.Module, part: str, name: str,
                   module: nn.Module, inputs: Tuple, output: Tensor) -> Tensor:
    if backbone.call.stock:
        return output
    layer = layer_of(backbone, (part, name))
    return output + layer(output).type_as(output)


def _on_output(backbone: nn.Module, part: str, name: str, module: nn.Module,
               inputs: Tuple, output: Tensor) -> Tensor:
    if backbone.call.stock:
        return output
    return layer_of(backbone, (part, name))(output).type_as(output)


class InnerSites:
    """Blocks, their sublayers and their weights: a part of :class:`Sites`.

    Args:
        backbone (nn.Module): A tuned backbone; its attribute ``call`` is a
            :class:`~.call.Call`.
        family (Family): What is known of it.
    """

    def __init__(self, backbone: nn.Module, family: Family) -> None:
        self.backbone = backbone
        self.family = family
        # Modules of methods, by the paths of the blocks that they act in.
        self.inside: Dict[str, List[nn.Module]] = {}
        self._blocks: List[str] = []
        # What acts at the residual stream, by the paths of blocks.
        self._streams: Dict[str, Stream] = {}

    def unused(self) -> Tuple[str, ...]:
        """Return the paths of what reaches no output."""
        return self._unused

    @cached_property
    def _unused(self) -> Tuple[str, ...]:
        with self.backbone.without_prompts():
            return tuple(self.family.unused(self.backbone))

    def _apart(self) -> Tuple[str, ...]:
        return (*self.backbone.new_parts(), *self._unused)

    def blocks(self) -> List[str]:
        """Return the repeated parts that reach an output, in order.

        Returns:
            list[str]: Their paths.
        """
        if not self._blocks:  # which methods do not change
            find = self.family.blocks or find_blocks
            apart = self._apart()
            self._blocks = [
                path for path in find(self.backbone)
                if not belongs(path, apart)
            ]
        return self._blocks

    def sublayers(self, added: bool = True) -> List[Sublayer]:
        """Return attention and FFN of each block, in order.

        Args:
            added (bool): Whether only of blocks that norm first and then add
                to what they had. Default: True.

        Returns:
            list[Sublayer]: [] if there are none.
        """
        found = find_sublayers(self.backbone, self.blocks())
        if found and added and not self.family.norms_first:
            with self.backbone.without_prompts():
                return in_residual_stream(self.backbone, found)
        return found

    def weights(self,
                inside: Sequence[str] = ('', ),
                trained: bool = False,
                plain: bool = True) -> List[Weights]:
        """Return the weights of the host that reach an output.

        Args:
            inside (Sequence[str]): Paths of what to look into.
                Default: all of it.
            trained (bool): Whether those that train anyway are among them.
                Default: False.
            plain (bool): Whether only of modules that do what torch's do, so
                that a change of their output is one of their weights.
                Default: True.

        Returns:
            list[Weights]: Those of linear layers, convolutions and norms.
        """
        apart = self._apart()
        if not trained:
            apart += tuple(self.backbone.trained_modules)
        return [
            weights for weights in find_weights(self.backbone, inside, apart)
            if not plain
            or is_plain(self.backbone.get_submodule(weights.path))
        ]

    def with_maps(self, sublayers: Sequence[Sublayer]) -> List[Sublayer]:
        """Choose the sublayers of blocks whose map reaches an output.

        Blocks of unknown families are told the height and width of the map
        of their tokens in each call from now on.

        Args:
            sublayers (Sequence[Sublayer]): Of :meth:`sublayers`.

        Returns:
            list[Sublayer]: Those behind which :meth:`behind` may act.

        Raises:
            UserError: If the tokens of one are no map.
        """
        backbone = self.backbone
        maps = self.family.maps(backbone)
        paths = list(dict.fromkeys(s.block for s in sublayers))
        if maps:
            paths = [path for path in paths if path in maps]
        else:
            with backbone.without_prompts():
                find_channels(backbone, None, paths, keep_grids)
                if not reaches(backbone, paths[-1]):
                    paths.pop()
        return [s for s in sublayers if s.block in paths]

    def _note(self, path: str, layer: nn.Module) -> None:
        """Note that a method's module acts in the block around a path."""
        block = next((b for b in self.blocks() if belongs(path, [b])), '')
        self.inside.setdefault(block, []).append(layer)

    def _layer(self, part: str, name: str) -> nn.Module:
        return getattr(self.backbone, part)[name]

    def add_to_output(self, path: str, part: str, name: str) -> None:
        """Add what a module of :meth:`add` makes of another one's input.

        Args:
            path (str): Path of the host's module.
            part (str): As of :meth:`add`.
            name (str): As of :meth:`add`; the module maps the input to the
                form of the output.
        """
        self._note(path, self._layer(part, name))
        hook(self.backbone, path,
             partial(_add_to_output, self.backbone, part, name))

    def add_to_branch(self, sublayer: Sublayer, part: str, name: str) -> None:
        """Add what a module of :meth:`add` makes of what a sublayer returns.

        Args:
            sublayer (Sublayer): Attention or FFN.
            part (str): As of :meth:`add`.
            name (str): As of :meth:`add`; the module maps ``(B, N, C)`` to
                the same shape.
        """
        self._note(sublayer.branch, self._layer(part, name))
        hook(self.backbone, sublayer.branch,
             partial(_add_to_branch, self.backbone, part, name))

    def on_output(self, path: str, part: str, name: str) -> None:
        """Put a module of :meth:`add` on another one's output.

        Args:
            path (str): Path of the host's module.
            part (str): As of :meth:`add`.
            name (str): As of :meth:`add`; the module keeps the form.
        """
        self._note(path, self._layer(part, name))
        hook(self.backbone, path, partial(_on_output, self.backbone, part,
                                          name))

    def change(self, weights: Weights, part: str, name: str) -> None:
        """Let weights be taken as a module of :meth:`add` changes them.

        Args:
            weights (Weights): Those of a layer that is not called.
            part (str): As of :meth:`add`.
            name (str): As of :meth:`add`; the module has a method
                ``change(weight, bias=None)`` that returns a dict of them.
        """
        self._note(weights.user, self._layer(part, name))
        change_weights(self.backbone, (weights, part, name))

    def _stream(self, sublayer: Sublayer, part: str, name: str) -> Stream:
        path = sublayer.block
        self.inside.setdefault(path, []).append(self._layer(part, name))
        if path not in self._streams:
            pair = find_sublayers(self.backbone, [path])
            self._streams[path] = open_stream(self.backbone, pair)
        return self._streams[path]

    def beside(self, sublayer: Sublayer, part: str, name: str) -> None:
        """Add what a module of :meth:`add` makes of a sublayer's input.

        Args:
            sublayer (Sublayer): Attention or FFN.
            part (str): As of :meth:`add`.
            name (str): As of :meth:`add`; the module maps what the norm
                before the sublayer returns, ``(B, N, C)``, to the same shape.
        """
        stream = self._stream(sublayer, part, name)
        stream.beside[sublayer.kind].append((part, name))

    def behind(self, sublayer: Sublayer, part: str, name: str) -> None:
        """Add what a module of :meth:`add` makes of the map at a place.

        Args:
            sublayer (Sublayer): Attention or FFN, behind which it is.
            part (str): As of :meth:`add`.
            name (str): As of :meth:`add`; the module maps tokens
                ``(B, H*W, C)`` and ``(H, W)`` to the same shape. Tokens
                before those of the map pass by.
        """
        stream = self._stream(sublayer, part, name)
        stream.behind[sublayer.kind].append((part, name))
