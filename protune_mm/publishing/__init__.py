"""Deltas as files: what is in them, whole files of them, published tasks."""
from .convert import extract, merge, merge_into_stock
from .publish import publish
from .read import Published, read_published
from .verify import verify

__all__ = [
    'Published', 'extract', 'merge', 'merge_into_stock', 'publish',
    'read_published', 'verify'
]
