"""Prompt tokens: vectors that travel through a transformer with the image."""
from itertools import groupby
from math import sqrt
from typing import Any, Dict, List, Optional, Sequence

import torch
from mmengine.model import BaseModule, kaiming_init
from torch import Tensor, nn

from protune_mm.errors import UserError


class PromptEmbeddings(BaseModule):
    r"""The prompts of the blocks of a transformer.

    They start uniform in :math:`\pm\sqrt{6 / (f + d)}`, where ``f`` is the
    fan-in of the patch embedding (``3 * 16 * 16`` of a ViT-B/16) and ``d``
    their stored width. Source: Visual Prompt Tuning,
    https://arxiv.org/abs/2203.12119, section 3.2 and its code's
    initialisation.

    Args:
        widths (Sequence[int]): Channels of each prompted block, in order: one
            entry is VPT-Shallow, one a block VPT-Deep.
        length (int): Prompts of a block, P.
        fan_in (int): Inputs of an output of the patch embedding.
        dropout (float): Probability that an entry of a prompt is zero in
            training, drawn anew for each image and block. Default: 0.0.
        projection (int, optional): Stored width, from which one linear layer
            makes the prompts of all blocks. Default: None, which means that
            prompts are stored as they are used.

    Raises:
        UserError: If ``length`` or ``projection`` is less than 1, ``dropout``
            is no probability below 1, or ``projection`` meets blocks of
            several widths.
    """

    def __init__(self,
                 widths: Sequence[int],
                 length: int,
                 fan_in: int,
                 dropout: float = 0.,
                 projection: Optional[int] = None) -> None:
        super().__init__()
        if not (isinstance(length, int) and length > 0):
            raise UserError(f'prompt_length={length!r} must be a whole number '
                            "of at least 1; for no prompts use tuning='head'.")
        if not 0 <= dropout < 1:
            raise UserError(f'prompt_dropout={dropout} must be at least 0 and '
                            'less than 1.')
        self.loaded = False
        self.dropout = nn.Dropout(dropout)
        self.projection = nn.Identity()
        stored = list(widths)
        if projection is not None:
            if projection < 1 or len(set(widths)) > 1:
                raise UserError(
                    f'prompt_projection={projection} must be at least 1, and '
                    'needs blocks of one width; these have '
                    f'{", ".join(map(str, sorted(set(widths))))}.')
            stored = [projection] * len(stored)
            self.projection = nn.Linear(projection, widths[0])
            kaiming_init(self.projection)
        bound = sqrt(6 / (fan_in + stored[0]))
        # One parameter for all neighbours of a width: (blocks, P, C).
        self.values = nn.ParameterList(
            torch.empty(len(list(blocks)), length, width).uniform_(
                -bound, bound) for width, blocks in groupby(stored))

        self._places = [(i, j) for i, group in enumerate(self.values)
                        for j in range(len(group))]

    def stored(self) -> List[Tensor]:
        """list[Tensor]: What is stored for each block, ``(P, C)``."""
        return [prompts for group in self.values for prompts in group]

    def forward(self, block: int, batch: int) -> Tensor:
        """Make the prompts of a block.

        Args:
            block (int): Which of the prompted blocks, counted from 0.
            batch (int): Number of images, B.

        Returns:
            Tensor: Prompts of shape ``(B, P, C)``.
        """
        # Indexed alone: a list of all would cost each block their gradient.
        group, row = self._places[block]
        prompts = self.projection(self.values[group][row])
        return self.dropout(prompts.expand(batch, -1, -1))

    @torch.no_grad()
    def assign(self, values: Sequence[Tensor]) -> None:
        """Set the prompts.

        Args:
            values (Sequence[Tensor]): Those of each block, ``(P, C)``.

        Raises:
            UserError: If prompts are projected, or the shapes are others.
        """
        if isinstance(self.projection, nn.Linear):
            raise UserError('Projected prompts cannot be set: leave '
                            'prompt_projection out.')
        own = self.stored()
        shapes = [tuple(value.shape) for value in values]
        if shapes != [tuple(prompts.shape) for prompts in own]:
            raise UserError(
                f'{len(own)} blocks have prompts of {tuple(own[0].shape)} and '
                f'so on, but there are {len(shapes)} values of '
                f'{", ".join(map(str, dict.fromkeys(shapes)))}.')
        for prompts, value in zip(own, values):
            prompts.copy_(value)

    def _load_from_state_dict(self, state_dict: Dict[str, Tensor], prefix: str,
                              *args: Any) -> None:
        super()._load_from_state_dict(state_dict, prefix, *args)
        self.loaded |= any(key.startswith(prefix) for key in state_dict)
