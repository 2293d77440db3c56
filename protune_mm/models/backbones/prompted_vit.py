"""Vision Transformers (ViT, DeiT) of mmpretrain with prompt tokens."""
from typing import Dict, List, Sequence, Tuple

import torch
from torch import Tensor, nn

from protune_mm.errors import UserError
from .hosts import register_with_hosts
from .prompt_tokens_mixin import PromptTokensMixin
from .protune_vit import ProTuneViT

POOLS = ('original', 'img_pool', 'prompt_pool', 'imgprompt_pool')


class PromptedViT(PromptTokensMixin, ProTuneViT):
    """ViT with prompt tokens: VPT, and with their hook Self-Prompt Tuning.

    Takes every argument of mmpretrain's ``VisionTransformer`` and those of
    :class:`PromptTokensMixin` and :class:`ProTuneMixin`. Prompts lie between
    class token and patches and have no position embedding. Everything of the
    host is frozen, its norms too. Given ``prompt_stages``, prompt blocks are
    added to the tokens; they see the patches only. Source: Visual Prompt
    Tuning, https://arxiv.org/abs/2203.12119; Self-Prompt Tuning,
    https://arxiv.org/abs/2402.02382.

    Args:
        prompt_pool (str): What a classifier gets, after the last block:
            ``'original'`` is what ``out_type`` says, where ``'avg_featmap'``
            is the mean over prompts and patches; the others are the mean over
            patches (``'img_pool'``), prompts (``'prompt_pool'``) or both
            (``'imgprompt_pool'``). Maps and raw tokens are without prompts.
            Default: 'original'.
        encoder_norm (bool): With ``out_type='avg_featmap'`` and
            ``final_norm=False``, as for MAE: whether the norm of the mean is
            the final norm of pre-training, as in SPT, or a new one, as in
            VPT; both stay frozen. Default: True.

    Raises:
        UserError: If ``prompt_pool`` is not known, or ``out_type`` is of maps
            or raw tokens and ``prompt_pool`` is not 'original'.

    Example:
        >>> import torch
        >>> from protune_mm.models import PromptedViT
        >>> backbone = PromptedViT.mmpretrain(arch='deit-small')
        >>> token, = backbone(torch.rand(1, 3, 224, 224))
        >>> tuple(token.shape)
        (1, 384)
        >>> [tuple(p.shape) for p in backbone.prompts.parameters()]
        [(12, 20, 384)]
    """

    def __init__(self,
                 *args,
                 prompt_pool: str = 'original',
                 encoder_norm: bool = True,
                 **kwargs) -> None:
        if prompt_pool not in POOLS:
            raise UserError(f"prompt_pool='{prompt_pool}' is not known: "
                            f'choose one of {", ".join(POOLS)}.')
        super().__init__(*args, **kwargs)
        if prompt_pool != POOLS[0] and self.out_type in ('raw', 'featmap'):
            raise UserError(f"prompt_pool='{prompt_pool}' needs "
                            "out_type='cls_token' or 'avg_featmap', not "
                            f"'{self.out_type}'.")
        self.prompt_pool = prompt_pool
        self.encoder_norm = encoder_norm

    def blocks(self) -> List[Tuple[nn.Module, int]]:
        """Return the layers that reach an output, and their channels."""
        last = max(self.out_indices)
        return [(layer, self.embed_dims) for layer in self.layers[:last + 1]]

    def default_trained_modules(self) -> Sequence[str]:
        """Return the final norm if there are prompt blocks, as Pro-tuning."""
        return [n for n in super().default_trained_modules() if n != 'ln2']

    def _format_output(self, tokens: Tensor, size: Tuple[int, int]) -> Tensor:
        """Choose the tokens that the host's own output is made of."""
        extra = self.num_extra_tokens
        first = tokens.shape[1] - size[0] * size[1]  # of the patches
        if first == extra:  # no prompts
            return super()._format_output(tokens, size)
        before, prompts, patches = tokens.tensor_split((extra, first), dim=1)
        chosen = dict(
            img_pool=patches,
            prompt_pool=prompts,
            imgprompt_pool=tokens[:, extra:])
        if self.out_type == 'avg_featmap':
            mean_of = chosen.get(self.prompt_pool, chosen['imgprompt_pool'])
            tokens = torch.cat((before, mean_of), dim=1)
        elif self.prompt_pool != POOLS[0]:
            return chosen[self.prompt_pool].mean(dim=1)
        elif self.out_type != 'cls_token':
            tokens = torch.cat((before, patches), dim=1)
        return super()._format_output(tokens, size)

    # -- loading -------------------------------------------------------------

    def _load_from_state_dict(self, state_dict: Dict[str, Tensor], prefix: str,
                              *args) -> None:
        # Self-Prompt Tuning: MAE trained a norm of all tokens, ln1.
        takes = (
            self.encoder_norm and self.out_type == 'avg_featmap'
            and not self.final_norm)
        for name in ('weight', 'bias'):
            theirs, ours = f'{prefix}ln1.{name}', f'{prefix}ln2.{name}'
            if takes and theirs in state_dict and ours not in state_dict:
                state_dict[ours] = state_dict.pop(theirs)
        super()._load_from_state_dict(state_dict, prefix, *args)


register_with_hosts(PromptedViT, 'VisionTransformer', hosts=('mmpretrain', ))
