"""Hooks, one a file."""
from .parameter_table_hook import ParameterTableHook

__all__ = ['ParameterTableHook']
