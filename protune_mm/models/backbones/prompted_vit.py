"""Vision Transformers (ViT, DeiT) with prompt tokens."""
from dataclasses import replace
from typing import Dict

from torch import Tensor

from protune_mm.hosts import MMSEG_VIT, VIT
from protune_mm.hosts.family import none
from .prompt_tokens_mixin import PromptTokensMixin
from .protune_vit import ProTuneViT
from .registration import register_with_hosts


class PromptedViT(PromptTokensMixin, ProTuneViT):
    """ViT with prompt tokens: VPT, and with their hook Self-Prompt Tuning.

    Takes every argument of the ``VisionTransformer`` of mmpretrain or mmseg
    and those of :class:`PromptTokensMixin` and :class:`ProTuneMixin`. Prompts
    lie between class token and patches and have no position embedding.
    Everything of the host is frozen, its norms too. Given ``prompt_stages``,
    prompt blocks are added to the tokens; they see the patches only. Source:
    Visual Prompt Tuning, https://arxiv.org/abs/2203.12119; Self-Prompt
    Tuning, https://arxiv.org/abs/2402.02382.

    Args:
        prompt_pool (str): What a classifier gets, after the last block:
            ``'original'`` is what ``out_type`` says, where ``'avg_featmap'``
            is the mean over prompts and patches; the others are the mean over
            patches (``'img_pool'``), prompts (``'prompt_pool'``) or both
            (``'imgprompt_pool'``). Maps and raw tokens are without prompts,
            and mmseg's ViT has no others. Default: 'original'.
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

    family = replace(VIT, new_norms=none)

    def __init__(self, *args, encoder_norm: bool = True, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.encoder_norm = encoder_norm

    # -- loading -------------------------------------------------------------

    def _load_from_state_dict(self, state_dict: Dict[str, Tensor], prefix: str,
                              *args) -> None:
        # Self-Prompt Tuning: MAE trained a norm of all tokens, ln1.
        takes = (
            self.host == 'mmpretrain' and self.encoder_norm
            and self.out_type == 'avg_featmap' and not self.final_norm)
        for name in ('weight', 'bias'):
            theirs, ours = f'{prefix}ln1.{name}', f'{prefix}ln2.{name}'
            if takes and theirs in state_dict and ours not in state_dict:
                state_dict[ours] = state_dict.pop(theirs)
        super()._load_from_state_dict(state_dict, prefix, *args)


register_with_hosts(PromptedViT, 'VisionTransformer', hosts=('mmpretrain', ))
register_with_hosts(
    PromptedViT, 'VisionTransformer', hosts=('mmseg', ), family=MMSEG_VIT)
