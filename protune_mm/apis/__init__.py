"""What is called from Python: load a config, build a runner."""
from .runner import build_runner, load_config

__all__ = ['build_runner', 'load_config']
