"""Layers that Pro-tuning adds to a backbone."""
from .prompt_block import PromptBlock

__all__ = ['PromptBlock']
