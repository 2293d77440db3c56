"""Prompt tokens for transformers: Visual Prompt Tuning.

::

    VPT-Shallow   image - patches -+- block 1 - block 2 - ... - head
                          prompts -'
    VPT-Deep      the same, and before each later block its own prompts
                  replace what the former ones became

The tokens hang on forward pre-hooks of the host's blocks, so that nothing of
the host is copied. Freezing, loading and everything else is Pro-tuning's.
"""
from contextlib import nullcontext
from functools import partial
from typing import Any, List, Optional, Sequence, Tuple

import torch
from torch import Tensor, nn

from protune_mm.errors import UserError
from protune_mm.tuning import PARADIGMS
from ..layers import PromptTokens

DEPTHS = ('deep', 'shallow')


class PromptTokensMixin:
    """Puts prompt tokens before the patch tokens of a pro-tuned transformer.

    Put it before a class with :class:`ProTuneMixin`, whose ``tuning`` decides
    what trains: ``'protune'`` trains the tokens, and with the other
    paradigms there are tokens where there would be blocks. There are no
    prompt blocks unless ``prompt_stages`` asks for some. Source: Visual
    Prompt Tuning, https://arxiv.org/abs/2203.12119, section 3.

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

    Raises:
        UserError: If a value above is out of range, or there are arguments
            of prompt blocks but no ``prompt_stages``.
    """

    def __init__(self,
                 *args,
                 prompt_length: int = 20,
                 prompt_depth: str = 'deep',
                 prompt_dropout: float = 0.,
                 prompt_projection: Optional[int] = None,
                 **kwargs) -> None:
        if prompt_depth not in DEPTHS:
            raise UserError(f"prompt_depth='{prompt_depth}' is not known: "
                            f'choose one of {", ".join(DEPTHS)}.')
        super().__init__(*args, **kwargs)
        for name in ('prompt_cfg', 'prompts_per_stage'):
            if name in kwargs and not self.prompt_paths and \
                    PARADIGMS[self.tuning].prompts:
                raise UserError(
                    f'{name} is of prompt blocks, of which there are none: '
                    'name their places in prompt_stages, or leave it out.')
        self.prompt_depth = prompt_depth
        if PARADIGMS[self.tuning].prompts:
            # A weight of the patch embedding: (C, channels, height, width).
            fan_in = self.patch_embed.projection.weight[0].numel()
            widths = [width for _, width in self.prompted_blocks()]
            self.prompts['tokens'] = PromptTokens(widths, prompt_length,
                                                  fan_in, prompt_dropout,
                                                  prompt_projection)
            self.patch_embed.register_forward_hook(self._on_embedding)
            for i, (block, _) in enumerate(self.prompted_blocks()):
                block.register_forward_pre_hook(
                    partial(self._on_block_begin, i))

    # -- what a host class says about itself --------------------------------

    def blocks(self) -> List[Tuple[nn.Module, int]]:
        """Return the blocks that reach an output, and their channels."""
        raise NotImplementedError

    def default_prompt_stages(self) -> Sequence[str]:
        """Return nothing: tokens stand for the blocks of Pro-tuning."""
        return ()

    # -- prompts -------------------------------------------------------------

    def prompted_blocks(self) -> List[Tuple[nn.Module, int]]:
        """Return the blocks before which prompts are put."""
        return self.blocks()[:1 if self.prompt_depth == 'shallow' else None]

    def _on_embedding(self, module: nn.Module, inputs: Tuple,
                      output: Tuple) -> None:
        # Reentrant activation checkpoints, which mmengine takes, give what is
        # inside no gradient unless their input wants one.
        if torch.is_grad_enabled() and not self._without_prompts:
            output[0].requires_grad_()

    def _on_block_begin(self, index: int, module: nn.Module,
                        inputs: Tuple) -> Optional[Tuple]:
        if self._without_prompts:
            return None
        tokens, *rest = inputs
        # Not len(): an exported graph would keep the number of images.
        batch = tokens.shape[0]
        prompts = self.prompts['tokens'](index, batch).type_as(tokens)
        first = self.num_extra_tokens
        replaced = prompts.shape[1] if index else 0
        tokens = torch.cat(
            (tokens[:, :first], prompts, tokens[:, first + replaced:]), dim=1)
        return tokens, *rest

    # -- Self-Prompt Tuning --------------------------------------------------

    @property
    def prompts_loaded(self) -> bool:
        """bool: Whether the prompts are those of a checkpoint."""
        return self.prompts['tokens'].loaded

    @torch.no_grad()
    def prompt_values(self) -> List[Tensor]:
        """Copy the prompts of each prompted block, ``(P, C)``."""
        layer = self.prompts['tokens']
        return [layer.projection(p).clone() for p in layer.stored()]

    def init_prompts(self, values: Sequence[Tensor]) -> None:
        """Set the prompts.

        Args:
            values (Sequence[Tensor]): Of each prompted block, ``(P, C)``.

        Raises:
            UserError: If the shapes are others, or prompts are projected.
        """
        self.prompts['tokens'].assign(values)

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
        first = self.num_extra_tokens
        if prompted:
            first += len(self.prompts['tokens'].stored()[0])

        def take(module: nn.Module, inputs: Tuple) -> None:
            taken.append(inputs[0][:, first:])

        def take_output(module: nn.Module, inputs: Tuple, output: Any) -> None:
            taken.append(output[0])

        hooks = [self.patch_embed.register_forward_hook(take_output)]
        hooks += [
            block.register_forward_pre_hook(take)
            for block, _ in self.prompted_blocks()[1:]
        ]
        mode = self.prompts.training  # the frozen rest is always in eval
        self.eval()
        try:
            with nullcontext() if prompted else self.without_prompts():
                self(images)
        finally:
            self.train(mode)
            for hook in hooks:
                hook.remove()
        return taken
