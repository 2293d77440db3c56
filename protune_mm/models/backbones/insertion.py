"""Where prompts go into a backbone, and how wide they are there."""
from collections import Counter
from contextlib import contextmanager
from functools import partial
from typing import Any, Dict, Iterable, Iterator, List, Sequence, Tuple, Union

import torch
from torch import Tensor, nn

from protune_mm.errors import UserError
from .dry_run import Size, dry_run
from .wrapped import wrapper_path


def overview(backbone: nn.Module) -> str:
    """List the modules of a backbone, items of containers as a range.

    Of one that wraps another library's, the modules are the wrapped ones.

    Args:
        backbone (nn.Module): The backbone.

    Returns:
        str: Their names, for messages.
    """
    names = []
    wrapper = wrapper_path(backbone)
    for name, child in backbone.get_submodule(wrapper[:-1]).named_children():
        items = [key for key, _ in child.named_children()]
        if isinstance(child, (nn.Sequential, nn.ModuleList)) and items:
            path = f'{wrapper}{name}'
            names.append(f'{path}.{items[0]} to {path}.{items[-1]}')
        elif name != 'prompts':
            names.append(wrapper + name)
    return ', '.join(names)


def check_path(backbone: nn.Module, path: str, option: str) -> None:
    """Raise if there is no such module, naming those that are.

    Args:
        backbone (nn.Module): The backbone.
        path (str): Path of a module, such as ``'layer3.5'``.
        option (str): The argument that names it, for the message.

    Raises:
        UserError: If it is not there.
    """
    here, parent = backbone, ''
    for name in path.split('.'):
        children = dict(here.named_children())
        if name not in children:
            names = ', '.join(children) or 'no parts'
            there = f'{parent} has {names}' if parent else \
                f'there are {overview(backbone)}'
            raise UserError(f'{option} names {path}, which this '
                            f'{type(backbone).__name__} does not have: '
                            f'{there}.')
        here, parent = children[name], f'{parent}.{name}'.strip('.')


def resolve_stages(backbone: nn.Module, wanted: Sequence[Union[int, str]],
                   stage_paths: Sequence[str]) -> List[str]:
    """Turn stage numbers and module paths into module paths.

    Args:
        backbone (nn.Module): The backbone.
        wanted (Sequence[int | str]): Stages counted from 0, and paths.
        stage_paths (Sequence[str]): The path that ends each stage.

    Returns:
        list[str]: A path each, without repetition.

    Raises:
        UserError: If a stage or a path does not exist.
    """
    paths = []
    for stage in wanted:
        if isinstance(stage, str):
            check_path(backbone, stage, 'prompt_stages')
            paths.append(stage)
        elif 0 <= stage < len(stage_paths):
            paths.append(stage_paths[stage])
        else:
            named = ', '.join(f'{i} ({p})' for i, p in enumerate(stage_paths))
            raise UserError(
                f'prompt_stages names stage {stage}, but the stages of '
                f'this {type(backbone).__name__} that reach an output are '
                f'{named or "not known"}: change prompt_stages or '
                'out_indices, or name modules by their paths, of which there '
                f'are {overview(backbone)}.')
    return list(dict.fromkeys(paths))


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

    def __init__(self, backbone: nn.Module) -> None:
        self.backbone = backbone

    def begin(self, size: Size) -> None:
        """Start anew, with an image of this size."""
        self.size = size
        self.channels, self.runs, self.probes = {}, Counter(), {}

    def record(self, path: str, module: nn.Module, inputs: Tuple,
               output: Any) -> Any:
        """Forward hook of the module at ``path``."""

        def note(x: Tensor) -> Tensor:
            height, width = self.size
            # A map has the image's aspect, but for what rounding takes.
            if abs(x.shape[2] * width - x.shape[3] * height) >= max(self.size):
                raise UserError(f'returns {tuple(x.shape)}, not a feature map '
                                '(B, C, H, W)')
            self.channels[path] = x.shape[1]
            self.probes[path] = x.new_zeros((), requires_grad=True)
            return x + self.probes[path]

        self.runs[path] += 1
        try:
            return self.backbone.blend(note, inputs, output)
        except UserError as error:
            raise UserError(f'prompt_stages names {path}, which {error}: '
                            'choose another module.') from None

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


def find_channels(backbone: nn.Module, paths: Sequence[str]) -> Dict[str, int]:
    """Find the channels at each path by sending an image through.

    Args:
        backbone (nn.Module): The backbone, in eval mode; its method ``blend``
            knows the form of its maps.
        paths (Sequence[str]): Module paths.

    Returns:
        dict[str, int]: Channels by path, in the order of computation.

    Raises:
        UserError: If a module returns no map, does not run exactly once or
            reaches no output.
    """
    visits = _Visits(backbone)
    hooks = [
        backbone.get_submodule(path).register_forward_hook(
            partial(visits.record, path)) for path in paths
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
    return visits.channels
