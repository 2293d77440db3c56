"""Data sets: those of the papers, wrappers, and small embedded ones.

The first and the last need mmpretrain's, which take time to import: they come
when a registry or this module is asked for one.
"""
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from mmengine.registry import DATASETS

from protune_mm.first_lookup import before_first_lookup
from .wrappers import *  # noqa: F401, F403


def _import_the_others() -> None:
    for name in ('published', 'embedded'):
        module = import_module(f'{__name__}.{name}')
        globals().update(
            {name: getattr(module, name)
             for name in module.__all__})


def __getattr__(name: str) -> Any:
    """Import what is missing, unless Python looks for a name of its own."""
    if not name.startswith('__'):
        _import_the_others()
    if name in globals():
        return globals()[name]
    raise AttributeError(f'{__name__} has no {name}.')


before_first_lookup(DATASETS, _import_the_others)
if find_spec('mmpretrain'):
    before_first_lookup(
        import_module('mmpretrain.registry').DATASETS, _import_the_others)
