"""protune_mm: Pro-tuning of frozen backbones for the OpenMMLab libraries.

Importing the package mends what the installed stack needs
(:mod:`protune_mm.compat`), lets configs inherit from ours by name
(:mod:`protune_mm.own_configs`) and registers every class; those that extend
a host's when the host's registry is first looked into
(:mod:`protune_mm.first_lookup`). What only few functions need, such as
scikit-learn, is imported by them, so that this takes no longer than importing
the hosts' names does.
"""
from . import compat  # noqa: F401, isort: skip  (before any host is imported)
from . import atomic_backend, own_configs  # noqa: F401, isort: skip
from . import datasets, engine, evaluation, models
from .version import __version__

__all__ = ['__version__', 'datasets', 'engine', 'evaluation', 'models']
