"""Pro-tuned RegNets of mmdet and mmpretrain."""
from .hosts import register_with_hosts
from .protune_resnet import ResNetStages


class ProTuneRegNet(ResNetStages):
    """Pro-tuned RegNet: a prompt block after each stage, the rest frozen.

    Takes every argument of the host's ``RegNet`` and those of
    :class:`ProTuneMixin`. Source: https://arxiv.org/abs/2207.14381, Table 2.
    """


register_with_hosts(ProTuneRegNet, 'RegNet')
