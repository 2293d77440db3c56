"""protune_mm: Pro-tuning of frozen backbones for the OpenMMLab libraries.

Importing the package mends what the installed stack needs
(:mod:`protune_mm.compat`) and registers every class with its host library.
"""
from . import compat  # noqa: F401, isort: skip  (before any host is imported)
from . import atomic_backend  # noqa: F401, isort: skip
from . import datasets, engine, evaluation, models
from .version import __version__

__all__ = ['__version__', 'datasets', 'engine', 'evaluation', 'models']
