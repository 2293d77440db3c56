"""Hooks, one a file."""
from .checkpoint_guard_hook import CheckpointGuardHook
from .delta_checkpoint_hook import DeltaCheckpointHook
from .epoch_seed_hook import EpochSeedHook
from .finite_loss_hook import FiniteLossHook
from .fold_norms_hook import FoldNormsHook
from .frozen_weights_hook import FrozenWeightsHook
from .lean_heads_hook import LeanHeadsHook
from .parameter_table_hook import ParameterTableHook
from .progress_bar_hook import ProgressBarHook
from .prompt_nmi_hook import PromptNMIHook
from .repeatable_hook import RepeatableHook
from .result_hook import ResultHook
from .self_prompt_init_hook import SelfPromptInitHook
from .set_aside_hook import SetAsideHook
from .shared_average_hook import SharedAverageHook

__all__ = [
    'CheckpointGuardHook', 'DeltaCheckpointHook', 'EpochSeedHook',
    'FiniteLossHook', 'FoldNormsHook', 'FrozenWeightsHook', 'LeanHeadsHook',
    'ParameterTableHook', 'ProgressBarHook', 'PromptNMIHook', 'RepeatableHook',
    'ResultHook', 'SelfPromptInitHook', 'SetAsideHook', 'SharedAverageHook'
]
