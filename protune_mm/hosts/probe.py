"""Finding the width of maps that no family knows."""
from collections import Counter
from contextlib import contextmanager
from functools import partial
from typing import (Any, Callable, Dict, Iterable, Iterator, Optional,
                    Sequence, Tuple)

import torch
from torch import Tensor, nn

from protune_mm.errors import UserError
from .dry_run import Size, dry_run
from .feature_layout import blend
from .map_forms import SeenMaps, is_like, keep_forms


def _tensors(output: Any) -> Iterator[Tensor]:
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, (tuple, list)):
        for part in output:
            yield from _tensors(part)


@contextmanager
def _without_gradients(parameters: Iterable[nn.Parameter]) -> Iterator[None]:
    changed = [p for p in parameters if p.requires_grad]
    for parameter in changed:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in changed:
            parameter.requires_grad_(True)


class _Visits:
    """What an image meets at the paths of prompts."""

    def __init__(self) -> None:
        self.grid = None

    def begin(self, size: Size) -> None:
        """Start anew, with an image of this size."""
        self.size = size
        self.seen = SeenMaps(size)
        self.channels, self.runs, self.probes = {}, Counter(), {}
        self.forms = {}

    def record(self, path: str, module: nn.Module, inputs: Tuple,
               output: Any) -> Any:
        """Forward hook of the module at ``path``."""

        def note(x: Tensor) -> Tensor:
            if not is_like(x.shape[2:], self.size):
                raise UserError(f'returns {tuple(x.shape)}, not a feature map '
                                '(B, C, H, W)')
            self.channels[path] = x.shape[1]
            self.probes[path] = x.new_zeros((), requires_grad=True)
            return x + self.probes[path]

        self.runs[path] += 1
        inputs = (*inputs, self.grid)
        self.forms[path], told = self.seen.read(inputs, output)
        try:
            return blend(note, (*inputs, told), output)
        except UserError as error:
            raise UserError(f'prompt_stages names {path}, which {error}: '
                            'choose another module.') from None

    def see(self, path: str, module: nn.Module, inputs: Tuple,
            output: Any) -> None:
        """Forward hook of every module."""
        self.seen.note(path, output)

    def note_grid(self, module: nn.Module, inputs: Tuple,
                  output: Tuple) -> None:
        """Forward hook of the module that tells height and width."""
        self.grid = output[1]

    def check(self, path: str) -> None:
        """Raise if a prompt at ``path`` could not train."""
        if self.runs[path] != 1:
            raise UserError(
                f'prompt_stages names {path}, which runs {self.runs[path]} '
                'times for an image: choose a module that runs once, such as '
                'a block or a stage.')
        if self.probes[path].grad is None:
            raise UserError(f'prompt_stages names {path}, which reaches no '
                            'output: choose another module or out_indices.')


def find_channels(backbone: nn.Module,
                  grid: Optional[str],
                  paths: Sequence[str],
                  keep: Callable = keep_forms) -> Dict[str, int]:
    """Find the channels at each path by sending an image through.

    What the maps do not tell of their form is kept in the backbone.

    Args:
        backbone (nn.Module): The backbone, which is put in eval mode.
        grid (str, optional): Path of the module that returns tokens with
            their (H, W), if later ones return tokens alone.
        paths (Sequence[str]): Module paths.
        keep (Callable): What takes the backbone and the forms.
            Default: :func:`~.map_forms.keep_forms`.

    Returns:
        dict[str, int]: Channels by path, in the order of computation.

    Raises:
        UserError: If a module returns no map, does not run exactly once or
            reaches no output.
    """
    visits = _Visits()
    backbone.eval()
    hooks = [
        backbone.get_submodule(path).register_forward_hook(visits.note_grid)
        for path in filter(None, [grid])
    ]
    hooks += [
        backbone.get_submodule(path).register_forward_hook(
            partial(visits.record, path)) for path in paths
    ]
    hooks += [
        module.register_forward_hook(partial(visits.see, path))
        for path, module in backbone.named_modules() if path
    ]
    try:
        with _without_gradients(backbone.parameters()), torch.enable_grad():
            output = dry_run(backbone, visits.begin)
            total = sum((x.sum() for x in _tensors(output)), torch.zeros(()))
            if total.requires_grad:
                total.backward()
    finally:
        for hook in hooks:
            hook.remove()
    for path in paths:
        visits.check(path)
    keep(backbone, visits.forms)
    return visits.channels
