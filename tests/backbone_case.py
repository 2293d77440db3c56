"""A stock backbone and its prompt-tuned twin, as a row of a table."""
from importlib import import_module
from typing import Callable, NamedTuple, Union

import torch
from mmengine.registry import DefaultScope
from torch import nn

# What the paper prints for its widths.
OF_THE_PAPER = {
    (256, 512, 1024, 2048): 3612404,
    (96, 96, 192, 384, 768): 12505 + 12505 + 43441 + 160609 + 616129,
}


def block_count(channels: int, ratio: int = 16) -> int:
    """The decoded rule, written from the paper's widths."""
    squeezed = int(channels / ratio)
    convolutions = 2 * (channels * channels // 4 + channels) + 25 * channels
    gate = 2 * channels * squeezed + squeezed + channels
    return convolutions + 3 * 2 * channels + gate + 1


class Case(NamedTuple):
    """A stock backbone and its pro-tuned twin."""
    host: str
    stock: str
    twin: str
    name: str
    arguments: dict
    # What only the twin takes.
    more: dict = {}
    # Channels of each prompt, the SE ratio, and the host's trained norms.
    widths: tuple = (256, 512, 1024, 2048)
    ratio: int = 16
    norms: dict = {}
    # What trains apart from the norms, of one that has no blocks: a number,
    # or counted of the stock backbone.
    tokens: Union[int, Callable[[nn.Module], int]] = 0
    # The child that holds the new modules.
    part: str = 'prompts'
    # Endings of the host's own entries that train, but those behind its last
    # output.
    own: tuple = ()
    unused: tuple = ()
    # Whether the method can be put into weights.
    merges: bool = False
    # Whether new modules change nothing at the start.
    quiet: bool = True
    # Arguments by which they have an effect from the start.
    awake: dict = dict(prompt_cfg=dict(zero_init=False))
    # Endings of trained entries that every step changes.
    moving: tuple = ('running_mean', 'beta')
    # Side of an image.
    size: int = 64

    def image(self) -> torch.Tensor:
        return torch.rand(
            2, 3, self.size, self.size, generator=torch.manual_seed(0))

    def build(self, twin: bool = True, **more) -> nn.Module:
        registry = import_module(f'{self.host}.registry').MODELS
        cfg = dict(type=self.stock, **self.arguments)
        if twin:
            cfg.update(self.more, type=self.twin)
        # A runner of an earlier test may have left its own scope.
        with DefaultScope.overwrite_default_scope(self.host):
            return registry.build({**cfg, **more})

    def trains(self, name: str) -> bool:
        """Whether an entry of the state belongs to what trains."""
        part = name.split('.')[0]
        own = name.endswith(
            self.own) and not (self.unused and name.startswith(self.unused))
        return part in ('prompts', self.part, *self.norms) or bool(self.own
                                                                   and own)

    def count(self) -> int:
        """The trained parameters, by the rules of the papers."""
        tokens = self.tokens
        if callable(tokens):
            tokens = tokens(self.build(twin=False))
        if tokens:
            return tokens + sum(2 * w for w in self.norms.values())
        prompts = sum(block_count(width, self.ratio) for width in self.widths)
        return prompts + sum(2 * width for width in self.norms.values())

    def __str__(self) -> str:
        return f'{self.host}-{self.name}'


def found(case: Case, name: str) -> Case:
    """One whose ends of stages are found."""
    more = {k: v for k, v in case.more.items() if k != 'prompt_stages'}
    return case._replace(name=f'{case.name}-{name}', more=more)
