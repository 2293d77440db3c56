"""Data sets: those of the papers, wrappers, and small embedded ones."""
from . import published, wrappers, embedded  # isort: skip  (imports in order)
from .embedded import *  # noqa: F401, F403
from .published import *  # noqa: F401, F403
from .wrappers import *  # noqa: F401, F403

__all__ = [*embedded.__all__, *published.__all__, *wrappers.__all__]
