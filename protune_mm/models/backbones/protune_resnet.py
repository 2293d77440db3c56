"""Pro-tuned ResNets of mmdet, mmseg and mmpretrain."""
from protune_mm.hosts import RESNET
from .protune_mixin import ProTuneMixin
from .registration import register_with_hosts


class ProTuneResNet(ProTuneMixin):
    """Pro-tuned ResNet: a prompt block after each stage, the rest frozen.

    Takes every argument of the host's ``ResNet`` and those of
    :class:`ProTuneMixin`. Source: https://arxiv.org/abs/2207.14381, section
    3.1.

    Example:
        >>> import torch
        >>> from protune_mm.models import ProTuneResNet
        >>> backbone = ProTuneResNet.mmdet(depth=18)
        >>> maps = backbone(torch.rand(1, 3, 64, 64))
        >>> [tuple(x.shape) for x in maps]
        [(1, 64, 16, 16), (1, 128, 8, 8), (1, 256, 4, 4), (1, 512, 2, 2)]
    """
    family = RESNET


class ProTuneResNetV1c(ProTuneMixin):
    """Pro-tuned ResNetV1c (three 3x3 convolutions as the stem)."""
    family = RESNET


class ProTuneResNetV1d(ProTuneMixin):
    """Pro-tuned ResNetV1d (deep stem, average pooling in the shortcut)."""
    family = RESNET


register_with_hosts(ProTuneResNet, 'ResNet')
register_with_hosts(ProTuneResNetV1c, 'ResNetV1c')
register_with_hosts(ProTuneResNetV1d, 'ResNetV1d')
