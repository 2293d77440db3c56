"""Hooks, one a file."""
from .checkpoint_guard_hook import CheckpointGuardHook
from .parameter_table_hook import ParameterTableHook
from .progress_bar_hook import ProgressBarHook

__all__ = ['CheckpointGuardHook', 'ParameterTableHook', 'ProgressBarHook']
