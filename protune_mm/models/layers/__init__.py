"""Layers that prompt tuning adds to a backbone."""
from .prompt_block import PromptBlock
from .prompt_tokens import PromptTokens

__all__ = ['PromptBlock', 'PromptTokens']
