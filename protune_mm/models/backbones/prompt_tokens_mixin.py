"""Prompt tokens instead of prompt blocks: a preset for transformers."""
from typing import Any, List, Optional, Sequence

from torch import Tensor

from protune_mm.errors import UserError
from protune_mm.methods import PromptTokens
from protune_mm.tuning import PARADIGMS

# Arguments of prompt blocks, which need places.
OF_BLOCKS = ('prompt_cfg', 'prompts_per_stage')


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
        prompt_pool (str, optional): What the head gets. Default: None, which
            means the family's choice.
        prompt_stages (int | str | Sequence, optional): What gets prompt
            blocks, too, as :class:`ProTuneMixin` takes it. Default: None,
            which means nothing.

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
                 prompt_pool: Optional[str] = None,
                 prompt_stages: Any = None,
                 **kwargs) -> None:
        of_blocks = {
            name: kwargs.pop(name)
            for name in (*OF_BLOCKS, 'prompts_after_merging') if name in kwargs
        }
        methods = []
        if prompt_stages is not None and prompt_stages != []:
            methods.append(
                dict(
                    type='PromptBlocks',
                    prompt_stages=prompt_stages,
                    **of_blocks))
        methods.append(
            dict(
                type='PromptTokens',
                prompt_length=prompt_length,
                prompt_depth=prompt_depth,
                prompt_dropout=prompt_dropout,
                prompt_projection=prompt_projection,
                prompt_pool=prompt_pool))
        super().__init__(*args, methods=methods, **kwargs)
        for name in OF_BLOCKS:
            if name in of_blocks and len(methods) == 1 and \
                    PARADIGMS[self.tuning].methods:
                raise UserError(
                    f'{name} is of prompt blocks, of which there are none: '
                    'name their places in prompt_stages, or leave it out.')

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
