"""A check draws no random number of the run."""
import random

import numpy as np
import torch

from protune_mm.preflight.random_state import kept_random_state


def draw():
    return random.random(), np.random.rand(), torch.rand(1).item()


def test_the_next_numbers_are_the_same():
    random.seed(1)
    np.random.seed(1)
    torch.default_generator.manual_seed(1)
    expected = draw(), draw()
    random.seed(1)
    np.random.seed(1)
    torch.default_generator.manual_seed(1)
    first = draw()
    with kept_random_state():
        draw()
    assert (first, draw()) == expected
