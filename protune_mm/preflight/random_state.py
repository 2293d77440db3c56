"""Random numbers that a check draws are not missed by the run."""
import random
from contextlib import contextmanager
from typing import Iterator

import numpy as np
import torch


@contextmanager
def kept_random_state() -> Iterator[None]:
    """Put back the states of Python's, numpy's and torch's generators."""
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
