"""Prompt tokens instead of prompt blocks: a preset for transformers."""
from typing import Any, List, Sequence

from torch import Tensor

from protune_mm.errors import UserError
from protune_mm.methods import PromptBlocks, PromptTokens
from protune_mm.tuning import PARADIGMS
from .protune_mixin import take_arguments


class PromptTokensMixin:
    """Puts prompt tokens before the patch tokens of a pro-tuned transformer.

    Put it before a class with :class:`ProTuneMixin`, whose ``tuning`` decides
    what trains: ``'protune'`` trains the tokens, and with the other
    paradigms there are tokens where there would be blocks. There are no
    prompt blocks unless ``prompt_stages`` asks for some. Source: Visual
    Prompt Tuning, https://arxiv.org/abs/2203.12119, section 3.

    Args:
        prompt_length, prompt_depth, prompt_dropout, prompt_projection,
            prompt_pool: Arguments of
            :class:`~protune_mm.methods.PromptTokens`.
        prompt_stages (int | str | Sequence, optional): What gets prompt
            blocks, too, as :class:`ProTuneMixin` takes it, or ``'default'``
            for what it takes if nothing is given. Default: None, which means
            nothing.

    Raises:
        UserError: If a value above is out of range, or there are arguments
            of prompt blocks but no ``prompt_stages``.
    """

    def __init__(self, *args, prompt_stages: Any = None, **kwargs) -> None:
        if 'methods' in kwargs:
            name = type(self).__name__
            raise UserError(f'{name} has methods of its own: give methods to '
                            f'{name.replace("Prompted", "ProTune")}, with '
                            "dict(type='PromptTokens', ...) among them.")
        methods = [
            dict(type='PromptTokens', **take_arguments(PromptTokens, kwargs))
        ]
        blocks = take_arguments(PromptBlocks, kwargs)
        if prompt_stages is not None and prompt_stages != []:
            where = None if prompt_stages == 'default' else prompt_stages
            methods.insert(
                0, dict(type='PromptBlocks', prompt_stages=where, **blocks))
            blocks = {}
        super().__init__(*args, methods=methods, **kwargs)
        if blocks and PARADIGMS[self.tuning].methods:
            raise UserError(
                f'{next(iter(blocks))} is of prompt blocks, of which there '
                'are none: name their places in prompt_stages, or leave it '
                'out.')

    @property
    def prompt_tokens(self) -> PromptTokens:
        """PromptTokens: The method that made the tokens."""
        return next(m for m in self.methods if isinstance(m, PromptTokens))

    @property
    def prompts_loaded(self) -> bool:
        """bool: Whether the prompts are those of a checkpoint."""
        return self.prompt_tokens.loaded

    def prompt_values(self) -> List[Tensor]:
        """Copy the prompts of each prompted block, ``(P, C)``."""
        return self.prompt_tokens.values()

    def init_prompts(self, values: Sequence[Tensor]) -> None:
        """Set the prompts, see :meth:`PromptTokens.assign`."""
        self.prompt_tokens.assign(values)

    def patch_tokens(self,
                     images: Tensor,
                     prompted: bool = False) -> List[Tensor]:
        """Compute patch tokens, see :meth:`PromptTokens.patch_tokens`."""
        return self.prompt_tokens.patch_tokens(images, prompted)
