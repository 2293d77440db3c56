"""Tuned backbones, and what they are made of."""
from protune_mm.layers import PromptBlock, PromptEmbeddings
from protune_mm.methods import Method, PromptBlocks, PromptTokens
from . import backbones, necks
from .backbones import *  # noqa: F401, F403
from .necks import *  # noqa: F401, F403

__all__ = [
    'Method', 'PromptBlock', 'PromptBlocks', 'PromptEmbeddings',
    'PromptTokens', *backbones.__all__, *necks.__all__
]
