"""What protune_mm adds to mmengine's runner."""
from .hooks import ParameterTableHook
from .optimizers import TrainedParamsConstructor

__all__ = ['ParameterTableHook', 'TrainedParamsConstructor']
