"""New modules inside hosts that draw the values of all they hold."""
from contextlib import contextmanager
from typing import Iterator

import torch
from torch import nn

from protune_mm.tuning.freezing import belongs


@contextmanager
def spare_new_parts(backbone: nn.Module) -> Iterator[None]:
    """Leave what methods added as it is while the host initialises.

    What a checkpoint fills meanwhile stays filled. A part that the host asks
    to initialise itself, as mmengine does, has done so.

    Args:
        backbone (nn.Module): A tuned backbone.
    """
    before = {
        name: value.clone()
        for name, value in backbone.state_dict().items()
        if belongs(name, backbone.new_parts())
    }
    yield
    drawn = [
        part for part in backbone.new_parts()
        if not getattr(backbone.get_submodule(part), 'is_init', False)
    ]
    after = backbone.state_dict()
    with torch.no_grad():
        for name in before.keys() - backbone._filled:
            if belongs(name, drawn):
                after[name].copy_(before[name])
