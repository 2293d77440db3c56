"""Layers that tuning methods add to a backbone."""
from .prompt_block import PromptBlock
from .prompt_embeddings import PromptEmbeddings

__all__ = ['PromptBlock', 'PromptEmbeddings']
