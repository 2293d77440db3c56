"""Optimizer wrapper constructors."""
from .trained_params_constructor import TrainedParamsConstructor

__all__ = ['TrainedParamsConstructor']
