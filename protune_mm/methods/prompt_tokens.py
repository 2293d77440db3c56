"""Prompt tokens for transformers: Visual Prompt Tuning.

::

    VPT-Shallow   image - patches -+- block 1 - block 2 - ... - head
                          prompts -'
    VPT-Deep      the same, and before each later block its own prompts
                  replace what the former ones became

The tokens hang on forward pre-hooks of the host's blocks, so that nothing of
the host is copied.
"""
from contextlib import nullcontext
from functools import partial
from typing import Any, List, Optional, Sequence, Tuple

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from protune_mm.errors import UserError
from protune_mm.hosts import Sites
from protune_mm.layers import PromptEmbeddings
from .method import Method

DEPTHS = ('deep', 'shallow')


@MODELS.register_module()
class PromptTokens(Method):
    """Prompt tokens before the patch tokens of a transformer.

    Source: Visual Prompt Tuning, https://arxiv.org/abs/2203.12119, section 3.

    Args:
        prompt_length (int): Prompts of a block, P. Default: 20.
        prompt_depth (str): ``'deep'`` (each block has its own prompts) or
            ``'shallow'`` (those of the first one travel on).
            Default: 'deep'.
        prompt_dropout (float): Dropout of the prompts, drawn for each image
            and block. Default: 0.0.
        prompt_projection (int, optional): Width in which prompts are stored;
            one linear layer maps them to that of the blocks. Default: None,
            which means that they are stored as they are used.
        prompt_pool (str, optional): What the head gets, as the family's
            :class:`TokenPath` knows it. Default: None, which means the
            family's choice.

    Raises:
        UserError: If ``prompt_depth`` is not known.
    """

    def __init__(self,
                 prompt_length: int = 20,
                 prompt_depth: str = 'deep',
                 prompt_dropout: float = 0.,
                 prompt_projection: Optional[int] = None,
                 prompt_pool: Optional[str] = None) -> None:
        if prompt_depth not in DEPTHS:
            raise UserError(f"prompt_depth='{prompt_depth}' is not known: "
                            f'choose one of {", ".join(DEPTHS)}.')
        self.prompt_length = prompt_length
        self.prompt_depth = prompt_depth
        self.prompt_dropout = prompt_dropout
        self.prompt_projection = prompt_projection
        self.prompt_pool = prompt_pool

    def insert(self, sites: Sites) -> None:
        """Put tokens before the blocks; see :class:`Method`."""
        self.backbone = backbone = sites.backbone
        path = sites.family.tokens
        if path is None:
            raise UserError(
                f'{type(backbone).__name__} takes no prompt tokens: they are '
                'for ViT and Swin; take prompt blocks.')
        pool = path.check(backbone, self.prompt_pool)
        blocks = path.blocks(backbone)
        if self.prompt_depth == 'shallow':
            blocks = blocks[:1]
        # A weight of the patch embedding: (C, channels, height, width).
        fan_in = backbone.patch_embed.projection.weight[0].numel()
        self.layer = PromptEmbeddings([width for _, width in blocks],
                                      self.prompt_length, fan_in,
                                      self.prompt_dropout,
                                      self.prompt_projection)
        sites.add(self.part, 'tokens', self.layer)
        self.extra = path.extra(backbone)
        self.blocks = [backbone.get_submodule(name) for name, _ in blocks]
        path.open(backbone, pool, self.prompt_length)
        backbone.patch_embed.register_forward_hook(self._on_embedding)
        for i, block in enumerate(self.blocks):
            block.register_forward_pre_hook(partial(self._on_block_begin, i))

    # -- hooks ---------------------------------------------------------------

    def _on_embedding(self, module: nn.Module, inputs: Tuple,
                      output: Tuple) -> None:
        # Reentrant activation checkpoints, which mmengine takes, give what is
        # inside no gradient unless their input wants one.
        if torch.is_grad_enabled() and not self.backbone.call.stock:
            output[0].requires_grad_()

    def _on_block_begin(self, index: int, module: nn.Module,
                        inputs: Tuple) -> Optional[Tuple]:
        if self.backbone.call.stock:
            return None
        tokens, *rest = inputs
        # Not len(): an exported graph would keep the number of images.
        batch = tokens.shape[0]
        prompts = self.layer(index, batch).type_as(tokens)
        first = self.extra
        replaced = prompts.shape[1] if index else 0
        tokens = torch.cat(
            (tokens[:, :first], prompts, tokens[:, first + replaced:]), dim=1)
        return tokens, *rest

    # -- Self-Prompt Tuning --------------------------------------------------

    @property
    def loaded(self) -> bool:
        """bool: Whether the prompts are those of a checkpoint."""
        return self.layer.loaded

    @torch.no_grad()
    def values(self) -> List[Tensor]:
        """Copy the prompts of each prompted block, ``(P, C)``."""
        return [self.layer.projection(p).clone() for p in self.layer.stored()]

    def assign(self, values: Sequence[Tensor]) -> None:
        """Set the prompts.

        Args:
            values (Sequence[Tensor]): Of each prompted block, ``(P, C)``.

        Raises:
            UserError: If the shapes are others, or prompts are projected.
        """
        self.layer.assign(values)

    @torch.no_grad()
    def patch_tokens(self,
                     images: Tensor,
                     prompted: bool = False) -> List[Tensor]:
        """Compute the patch tokens that each prompted block starts from.

        Source: Self-Prompt Tuning, https://arxiv.org/abs/2402.02382, section
        "Self-Prompt Tuning" and its code: of the first block the output of
        the patch embedding, of a later one its input without class token.

        Args:
            images (Tensor): Shape ``(B, 3, H, W)``.
            prompted (bool): Whether the network has its prompts; otherwise it
                is as it was pre-trained. Default: False.

        Returns:
            list[Tensor]: Tokens ``(B, N, C)`` of each prompted block.
        """
        taken = []
        first = self.extra + (self.prompt_length if prompted else 0)

        def take(module: nn.Module, inputs: Tuple) -> None:
            taken.append(inputs[0][:, first:])

        def take_output(module: nn.Module, inputs: Tuple, output: Any) -> None:
            taken.append(output[0])

        backbone = self.backbone
        hooks = [backbone.patch_embed.register_forward_hook(take_output)]
        hooks += [
            block.register_forward_pre_hook(take) for block in self.blocks[1:]
        ]
        mode = self.layer.training  # the frozen rest is always in eval
        backbone.eval()
        try:
            with nullcontext() if prompted else backbone.without_prompts():
                backbone(images)
        finally:
            backbone.train(mode)
            for hook in hooks:
                hook.remove()
        return taken
