"""What a training checkpoint of mmengine holds beside tensors.

torch unpickles nothing but tensors and plain Python values unless it is named
here. mmengine's own list has ``getattr``, through which a pickle reaches any
function.
"""
from argparse import Namespace
from datetime import date, datetime, time, timedelta, timezone
from pathlib import PosixPath, PurePosixPath
from pickle import UnpicklingError
from typing import Any, Callable, List

import numpy as np
from mmengine.config import ConfigDict
from mmengine.logging import HistoryBuffer
from mmengine.optim.scheduler import OneCycleParamScheduler

# Kinds of numbers and text, in numpy's letters.
DTYPES = '?bhilqBHILQefdSU'
# Methods that are saved with a state, which pickle writes as
# getattr(class, name).
SCHEDULER_METHODS = ('_annealing_cos', '_annealing_linear')
BUFFER_METHODS = ('min', 'max', 'current', 'mean')
# What checkpoints of others hold, such as a training's arguments.
PLAIN = (Namespace, date, datetime, time, timedelta, timezone, range,
         PurePosixPath, PosixPath, list, dict, set, tuple, int, float)


def _method(owner: Any, name: str) -> Callable:
    """Take the place of ``getattr``."""
    if owner is HistoryBuffer and name in BUFFER_METHODS:
        return getattr(HistoryBuffer, name)
    if (owner is OneCycleParamScheduler.__name__
            and name in SCHEDULER_METHODS):
        return getattr(OneCycleParamScheduler, name)
    raise UnpicklingError('Unsupported GLOBAL builtins.getattr')


def _dict(*_: Any) -> dict:
    """Take the place of ``defaultdict``, whose items torch does not set."""
    return {}


def safe_globals() -> List[Any]:
    """List what may be unpickled, as ``torch.serialization`` takes it.

    Returns:
        list: Classes and functions, with a name where it is not their own.
    """
    scheduler = OneCycleParamScheduler
    found = [
        HistoryBuffer, ConfigDict, slice, np.ndarray, np.dtype, *PLAIN,
        *{type(np.dtype(letter))
          for letter in DTYPES}, (_method, 'builtins.getattr'),
        (_dict, 'collections.defaultdict'),
        (scheduler.__name__, f'{scheduler.__module__}.{scheduler.__name__}')
    ]
    # numpy 1 and 2 write them under different names.
    for function in (np.float64(0).__reduce__()[0],
                     np.zeros(0).__reduce__()[0]):
        found += [(function, f'numpy.{core}.multiarray.{function.__name__}')
                  for core in ('core', '_core')]
    return found
