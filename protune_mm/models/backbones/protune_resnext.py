"""Pro-tuned ResNeXts of mmdet, mmseg and mmpretrain."""
from .hosts import register_with_hosts
from .protune_resnet import ResNetStages


class ProTuneResNeXt(ResNetStages):
    """Pro-tuned ResNeXt: a prompt block after each stage, the rest frozen.

    Takes every argument of the host's ``ResNeXt`` and those of
    :class:`ProTuneMixin`.
    """


register_with_hosts(ProTuneResNeXt, 'ResNeXt')
