"""In which form a module returns its map: told by an image, kept for calls."""
from functools import partial
from typing import Any, Callable, Dict, NamedTuple, Optional, Sequence, Tuple

from torch import Tensor, nn

from .dry_run import Size
from .feature_layout import ChannelsLast, size_among

# Tokens that may lie before those of a map, such as registers.
MOST_EXTRA = 16


class Form(NamedTuple):
    """What a map does not tell of itself.

    Args:
        last (bool): Whether channels come last, ``(B, H, W, C)``.
            Default: False.
        source (str, optional): Of tokens that come without ``(H, W)``, the
            path of an earlier module whose map has as many places.
            Default: None, which means that there is nothing to be told.
        kind (str): Where that module's output has ``(H, W)``, see ``SIDES``.
            Default: 'map'.
    """
    last: bool = False
    source: Optional[str] = None
    kind: str = 'map'


# Of (B, C, H, W), (B, H, W, C), and tokens with their size.
SIDES: Dict[str, Callable[[Any], Sequence[int]]] = dict(
    map=lambda output: output.shape[2:4],
    last=lambda output: output.shape[1:3],
    pair=lambda output: output[1])


def is_like(sides: Sequence[int], image: Size) -> bool:
    """Tell whether a map has the image's aspect, but for rounding."""
    return abs(sides[0] * image[1] - sides[1] * image[0]) < max(image)


class SeenMaps:
    """The maps that an image has met, and in which form.

    Args:
        image (tuple[int, int]): Height and width.
    """

    def __init__(self, image: Size) -> None:
        self.image = image
        # Size and kind, by path; the first run counts.
        self.sizes: Dict[str, Tuple[Size, str]] = {}

    def is_last(self, shape: Sequence[int]) -> Optional[bool]:
        """Tell whether channels are last; None if it is no map.

        Raises:
            ValueError: If a map as high and wide as it is deep, of which
                this image tells nothing; one of another size does.
        """
        first, last = (
            is_like(sides, self.image) for sides in (shape[2:], shape[1:3]))
        if first and last and shape[2] > 1:
            raise ValueError(f'a map {tuple(shape)} does not tell where its '
                             'channels are')
        return None if not (first or last) else not first

    def note(self, path: str, output: Any) -> None:
        """Remember the size ``(H, W)`` of what a module returns, if any."""
        kind = None
        if isinstance(output, Tensor) and output.dim() == 4:
            try:
                kind = {
                    False: 'map',
                    True: 'last'
                }.get(self.is_last(output.shape))
            except ValueError:  # its size is the same in both forms
                kind = 'map'
        elif (isinstance(output, tuple) and len(output) == 2
              and size_among(output[1:])):
            kind = 'pair'
        if kind:
            size = tuple(SIDES[kind](output))
            self.sizes.setdefault(path, (size, kind))

    def read(self, inputs: Tuple, output: Any) -> Tuple[Form, Any]:
        """Find the form of a module's output, and what blending it needs.

        Args:
            inputs (tuple): Positional inputs of the module.
            output: Its output.

        Returns:
            tuple: The form, and what stands among the inputs for it.

        Raises:
            ValueError: As of :meth:`is_last`.
        """
        plain = Form(), None
        if not isinstance(output, Tensor):
            return plain
        if output.dim() == 4 and self.is_last(output.shape):
            return Form(last=True), ChannelsLast()
        if output.dim() != 3 or size_among(inputs):
            return plain
        extra = {
            path: output.shape[1] - size[0] * size[1]
            for path, (size, _) in self.sizes.items()
        }
        fitting = [p for p in extra if 0 <= extra[p] <= MOST_EXTRA]
        if not fitting:
            return plain
        source = min(fitting, key=extra.get)
        size, kind = self.sizes[source]
        return Form(source=source, kind=kind), size


def _note_size(backbone: nn.Module, path: str, kind: str, module: nn.Module,
               inputs: Tuple, output: Any) -> None:
    size = tuple(SIDES[kind](output))
    # A new one, because backward may need that of now.
    backbone.call.sizes = {**backbone.call.sizes, path: size}


def _tell_form(backbone: nn.Module, form: Form, module: nn.Module,
               inputs: Tuple, output: Any) -> None:
    call = backbone.call
    if form.last:
        call.grid = ChannelsLast()
    else:
        call.grid = call.sizes[form.source] if form.source else None


def _tell_grid(backbone: nn.Module, form: Form, module: nn.Module,
               inputs: Tuple) -> None:
    backbone.call.grid = backbone.call.sizes[form.source]


def _note_sizes(backbone: nn.Module, forms: Dict[str, Form]) -> None:
    sources = {f.source: f.kind for f in forms.values() if f.source}
    for path, kind in sources.items():
        backbone.get_submodule(path).register_forward_hook(
            partial(_note_size, backbone, path, kind))


def keep_grids(backbone: nn.Module, forms: Dict[str, Form]) -> None:
    """Let modules know ``(H, W)`` of the tokens that they get in each call.

    Args:
        backbone (nn.Module): A tuned backbone, changed in place if there is
            anything to be told.
        forms (dict[str, Form]): The form of its output, by the path of each
            module.
    """
    _note_sizes(backbone, forms)
    for path, form in forms.items():
        if form.source:
            backbone.get_submodule(path).register_forward_pre_hook(
                partial(_tell_grid, backbone, form))


def keep_forms(backbone: nn.Module, forms: Dict[str, Form]) -> None:
    """Let modules tell the form of their maps in each call.

    Hooks of methods that are registered later find it in ``backbone.call``.

    Args:
        backbone (nn.Module): A tuned backbone, changed in place if there is
            anything to be told.
        forms (dict[str, Form]): The form by the path of each module.
    """
    if all(form == Form() for form in forms.values()):
        return
    _note_sizes(backbone, forms)
    for path, form in forms.items():
        backbone.get_submodule(path).register_forward_hook(
            partial(_tell_form, backbone, form))
