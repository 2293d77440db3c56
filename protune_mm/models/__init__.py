"""Tuned backbones, and what they are made of."""
from protune_mm import methods
from protune_mm.layers import PromptBlock, PromptEmbeddings
from protune_mm.methods import *  # noqa: F401, F403
from . import backbones, necks
from .backbones import *  # noqa: F401, F403
from .necks import *  # noqa: F401, F403

__all__ = [
    'PromptBlock', 'PromptEmbeddings', *backbones.__all__, *methods.__all__,
    *necks.__all__
]
