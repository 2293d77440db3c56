"""Pro-tuned MAE of mmseg."""
from .protune_beit import ProTuneBEiT
from .registration import register_with_hosts


class ProTuneMAE(ProTuneBEiT):
    """Pro-tuned MAE: :class:`ProTuneBEiT` with absolute positions, too.

    Takes every argument of mmseg's ``MAE`` and those of
    :class:`ProTuneMixin`. Source: https://arxiv.org/abs/2207.14381, section
    4.4; https://arxiv.org/abs/2111.06377.
    """


register_with_hosts(ProTuneMAE, 'MAE', hosts=('mmseg', ))
