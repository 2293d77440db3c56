"""Pro-tuned RegNets of mmdet and mmpretrain."""
from protune_mm.hosts import REGNET
from .protune_mixin import ProTuneMixin
from .registration import register_with_hosts


class ProTuneRegNet(ProTuneMixin):
    """Pro-tuned RegNet: a prompt block after each stage, the rest frozen.

    Takes every argument of the host's ``RegNet`` and those of
    :class:`ProTuneMixin`. Loads checkpoints of torchvision as well as the
    host's own; torchvision's were trained on RGB images, the hosts' on BGR.
    Source: https://arxiv.org/abs/2207.14381, Table 2.
    """
    family = REGNET


register_with_hosts(ProTuneRegNet, 'RegNet')
