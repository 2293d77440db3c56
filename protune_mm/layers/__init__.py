"""Layers that tuning methods add to a backbone."""
from .bottleneck import Bottleneck
from .conv_bottleneck import ConvBottleneck
from .low_rank import LowRank
from .multi_kernel import MultiKernel
from .prompt_block import PromptBlock
from .prompt_embeddings import PromptEmbeddings
from .scale_shift import ScaleShift

__all__ = [
    'Bottleneck', 'ConvBottleneck', 'LowRank', 'MultiKernel', 'PromptBlock',
    'PromptEmbeddings', 'ScaleShift'
]
