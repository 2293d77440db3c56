"""Hooks, one a file."""
from .parameter_table_hook import ParameterTableHook
from .progress_bar_hook import ProgressBarHook

__all__ = ['ParameterTableHook', 'ProgressBarHook']
