"""Prompt layers and prompt-tuned backbones."""
from . import backbones
from .backbones import *  # noqa: F401, F403
from .layers import PromptBlock, PromptTokens

__all__ = ['PromptBlock', 'PromptTokens', *backbones.__all__]
