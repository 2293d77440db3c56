"""What is called from Python: load a config, build a runner, predict."""
from .runner import build_runner, load_config
from .task import Task
from .task_pool import TaskPool

__all__ = ['Task', 'TaskPool', 'build_runner', 'load_config']
