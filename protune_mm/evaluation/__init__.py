"""Metrics, one a file."""
from importlib.util import find_spec

__all__ = []

if find_spec('mmpretrain'):
    from .corruption_accuracy import CorruptionAccuracy
    __all__ += ['CorruptionAccuracy']
