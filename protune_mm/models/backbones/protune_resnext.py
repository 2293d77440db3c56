"""Pro-tuned ResNeXts of mmdet, mmseg and mmpretrain."""
from protune_mm.hosts import RESNET
from .protune_mixin import ProTuneMixin
from .registration import register_with_hosts


class ProTuneResNeXt(ProTuneMixin):
    """Pro-tuned ResNeXt: a prompt block after each stage, the rest frozen.

    Takes every argument of the host's ``ResNeXt`` and those of
    :class:`ProTuneMixin`.
    """
    family = RESNET


register_with_hosts(ProTuneResNeXt, 'ResNeXt')
