"""BEiT of mmseg with prompt tokens."""
from .prompt_tokens_mixin import PromptTokensMixin
from .protune_beit import ProTuneBEiT
from .registration import register_with_hosts


class PromptedBEiT(PromptTokensMixin, ProTuneBEiT):
    """BEiT with prompt tokens: VPT, and with their hook Self-Prompt Tuning.

    Takes every argument of mmseg's ``BEiT`` and those of
    :class:`PromptTokensMixin` and :class:`ProTuneMixin`. Prompts lie between
    class token and patches and have no position: their bias is zero. The maps
    are without them. Source: Visual Prompt Tuning,
    https://arxiv.org/abs/2203.12119, section 3.2.
    """


register_with_hosts(PromptedBEiT, 'BEiT', hosts=('mmseg', ))
