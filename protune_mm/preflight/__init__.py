"""What is looked at before a training or a test begins."""
from .annotations import check_annotations
from .loaders import check_loaders

__all__ = ['check_annotations', 'check_loaders']
