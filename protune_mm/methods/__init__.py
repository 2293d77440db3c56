"""Tuning methods, one a file."""
from .method import Method
from .prompt_blocks import PromptBlocks
from .prompt_tokens import PromptTokens

__all__ = ['Method', 'PromptBlocks', 'PromptTokens']
