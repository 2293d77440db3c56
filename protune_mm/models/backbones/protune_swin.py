"""Pro-tuned Swin Transformers of mmdet, mmseg and mmpretrain."""
from protune_mm.hosts import SWIN
from .protune_mixin import ProTuneMixin
from .registration import register_with_hosts


class ProTuneSwin(ProTuneMixin):
    """Pro-tuned Swin: prompts after the patch embedding and each stage.

    Takes every argument of the host's ``SwinTransformer`` and those of
    :class:`ProTuneMixin`. The norms of the outputs train too. Freezing is
    done at construction; the hosts freeze in ``train()``, after the model is
    wrapped for several processes. Source: https://arxiv.org/abs/2207.14381,
    section 3.2 and Table 3.

    Args:
        prompts_after_merging (bool, optional): Put the block of a stage
            behind the patch merging that follows it, as the paper's counts
            for classification say; otherwise before, so that a neck sees what
            the next stage sees. Default: None, which means behind if the last
            stage is the only output.

    Example:
        >>> import torch
        >>> from protune_mm.models import ProTuneSwin
        >>> backbone = ProTuneSwin.mmdet(depths=(2, 2, 2, 2))
        >>> maps = backbone(torch.rand(1, 3, 64, 64))
        >>> [tuple(x.shape) for x in maps]
        [(1, 96, 16, 16), (1, 192, 8, 8), (1, 384, 4, 4), (1, 768, 2, 2)]
    """

    family = SWIN


register_with_hosts(ProTuneSwin, 'SwinTransformer')
