"""Swin Transformers of mmdet, mmseg and mmpretrain with prompt tokens."""
from typing import List, Optional, Sequence, Tuple, Union

from torch import Tensor, nn

from protune_mm.errors import UserError
from ..layers.prompted_windows import take_prompts
from .hosts import register_with_hosts
from .prompt_tokens_mixin import PromptTokensMixin
from .protune_swin import ProTuneSwin

POOLS = ('all', 'img')


class PromptedSwin(PromptTokensMixin, ProTuneSwin):
    """Swin with prompt tokens: VPT, and with their hook Self-Prompt Tuning.

    Takes every argument of the host's ``SwinTransformer`` and those of
    :class:`PromptTokensMixin` and :class:`ProTuneMixin`. The prompts of an
    image attend in all its windows and become the mean over them; patch
    merging takes them as four equal patches. Of the host, norms that no
    pre-training holds train, such as those of the maps of a detector. Source:
    Visual Prompt Tuning, https://arxiv.org/abs/2203.12119, section 3.2.

    Args:
        prompt_pool (str, optional): ``'all'`` returns the mean over prompts
            and patches of the last stage as a map of one pixel, which a
            global average pooling leaves as it is; ``'img'`` returns the maps
            of the patches, as dense prediction needs. Default: None, which
            means 'all' in mmpretrain if the last stage is the only output.

    Raises:
        UserError: If ``prompt_pool`` is not known, or 'all' in a detector or
            segmentor.

    Example:
        >>> import torch
        >>> from protune_mm.models import PromptedSwin
        >>> backbone = PromptedSwin.mmdet(depths=(2, 2, 2, 2))
        >>> maps = backbone(torch.rand(1, 3, 64, 64))
        >>> [tuple(x.shape) for x in maps]
        [(1, 96, 16, 16), (1, 192, 8, 8), (1, 384, 4, 4), (1, 768, 2, 2)]
        >>> [tuple(p.shape) for p in backbone.prompts.parameters()]
        [(2, 20, 96), (2, 20, 192), (2, 20, 384), (2, 20, 768)]
    """

    num_extra_tokens = 0

    def __init__(self,
                 *args,
                 prompt_pool: Optional[str] = None,
                 **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if prompt_pool is None:
            only = list(self.out_indices) == [len(self.stages) - 1]
            prompt_pool = 'all' if only and self.host == 'mmpretrain' else \
                'img'
        if prompt_pool not in POOLS:
            raise UserError(f"prompt_pool='{prompt_pool}' is not known: "
                            f'choose one of {", ".join(POOLS)}.')
        if prompt_pool == 'all' and self.host != 'mmpretrain':
            raise UserError(f"prompt_pool='all' leaves no maps for {self.host}"
                            ": choose 'img'.")
        self.prompt_pool = prompt_pool
        if 'tokens' in self.prompts:
            for stage in self.stages:
                take_prompts(stage)
            for i in self.out_indices:
                self.get_submodule(f'norm{i}').register_forward_hook(
                    self._on_output)

    def blocks(self) -> List[Tuple[nn.Module, int]]:
        """Return the blocks that reach an output, and their channels."""
        last = max(self.out_indices)
        return [(block, block.attn.w_msa.embed_dims)
                for stage in self.stages[:last + 1] for block in stage.blocks]

    def _on_output(self, module: nn.Module, inputs: Tuple,
                   output: Tensor) -> Optional[Tensor]:
        """Keep the patches, of which the host makes a map."""
        if self._without_prompts:
            return None
        self._means.append(output.mean(dim=1)[..., None, None])
        return output[:, len(self.prompts['tokens'].stored()[0]):]

    def forward(self, x: Tensor) -> Union[Sequence[Tensor], Tuple[Tensor]]:
        """Compute the outputs.

        Args:
            x (Tensor): Images of shape ``(B, 3, H, W)``.

        Returns:
            Sequence[Tensor]: Maps ``(B, C, H, W)``, or means ``(B, C, 1, 1)``.
        """
        self._means = []
        maps = super().forward(x)
        means, self._means = self._means, []
        return tuple(means) if means and self.prompt_pool == 'all' else maps


register_with_hosts(PromptedSwin, 'SwinTransformer')
