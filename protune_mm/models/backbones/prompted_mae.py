"""MAE of mmseg with prompt tokens."""
from .prompt_tokens_mixin import PromptTokensMixin
from .protune_mae import ProTuneMAE
from .registration import register_with_hosts


class PromptedMAE(PromptTokensMixin, ProTuneMAE):
    """MAE with prompt tokens, as :class:`PromptedBEiT`.

    Takes every argument of mmseg's ``MAE`` and those of
    :class:`PromptTokensMixin` and :class:`ProTuneMixin`. Source: Visual Prompt
    Tuning, https://arxiv.org/abs/2203.12119, section 3.2.
    """


register_with_hosts(PromptedMAE, 'MAE', hosts=('mmseg', ))
