"""Prompt layers and pro-tuned backbones."""
from . import backbones
from .backbones import *  # noqa: F401, F403
from .layers import PromptBlock

__all__ = ['PromptBlock', *backbones.__all__]
