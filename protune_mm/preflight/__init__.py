"""What is looked at before a training or a test begins."""
from .checks import preflight
from .loaders import check_loaders

__all__ = ['check_loaders', 'preflight']
