"""Prompt layers and pro-tuned backbones."""
from .backbones import *  # noqa: F401, F403
from .layers import PromptBlock

__all__ = ['PromptBlock']
