"""What protune_mm adds to mmengine's runner."""
from .hooks import ParameterTableHook, ProgressBarHook
from .optimizers import TrainedParamsConstructor

__all__ = ['ParameterTableHook', 'ProgressBarHook', 'TrainedParamsConstructor']
