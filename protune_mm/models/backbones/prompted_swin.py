"""Swin Transformers of mmdet, mmseg and mmpretrain with prompt tokens."""
from .prompt_tokens_mixin import PromptTokensMixin
from .protune_swin import ProTuneSwin
from .registration import register_with_hosts


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


register_with_hosts(PromptedSwin, 'SwinTransformer')
