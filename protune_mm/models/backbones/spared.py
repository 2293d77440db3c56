"""New modules inside a host's class that draws the values of all it holds."""
from contextlib import contextmanager
from typing import Iterator

import torch
from torch import nn

from protune_mm.tuning.freezing import belongs


@contextmanager
def spare_new_parts(backbone: nn.Module) -> Iterator[None]:
    """Leave what methods added as it is while the host initialises.

    What a checkpoint fills meanwhile stays filled. Hosts that ask each part to
    initialise itself do as they like.

    Args:
        backbone (nn.Module): A tuned backbone.
    """
    parts = backbone.new_parts() if backbone.family.draws_all else ()
    before = {
        name: value.clone()
        for name, value in backbone.state_dict().items()
        if belongs(name, parts)
    }
    yield
    after = backbone.state_dict()
    with torch.no_grad():
        for name in before.keys() - backbone._filled:
            after[name].copy_(before[name])
