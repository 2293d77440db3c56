"""Tuning methods, one a file."""
from .adapter import Adapter
from .adaptformer import AdaptFormer
from .bitfit import BitFit
from .conv_adapter import ConvAdapter
from .lora import LoRA
from .method import Method
from .mona import Mona
from .norm_tuning import NormTuning
from .prompt_blocks import PromptBlocks
from .prompt_tokens import PromptTokens
from .ssf import SSF

__all__ = [
    'AdaptFormer', 'Adapter', 'BitFit', 'ConvAdapter', 'LoRA', 'Method',
    'Mona', 'NormTuning', 'PromptBlocks', 'PromptTokens', 'SSF'
]
