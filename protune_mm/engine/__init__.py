"""What protune_mm adds to mmengine's runner."""
from . import checkpoint_loaders, packaged_weights  # noqa: F401
from .hooks import CheckpointGuardHook, ParameterTableHook, ProgressBarHook
from .optimizers import TrainedParamsConstructor

__all__ = [
    'CheckpointGuardHook', 'ParameterTableHook', 'ProgressBarHook',
    'TrainedParamsConstructor'
]
