"""The tuning paradigms the Pro-tuning paper compares (section 4.1)."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Paradigm:
    """One way to adapt a pre-trained backbone.

    Args:
        prompts (bool): Whether prompt blocks are added.
        frozen (bool): Whether the host's own parameters and buffers stay as
            they were pre-trained. Otherwise the host's arguments decide, such
            as ``frozen_stages`` and ``norm_eval``.
    """
    prompts: bool
    frozen: bool


PARADIGMS = {
    'protune': Paradigm(prompts=True, frozen=True),
    'head': Paradigm(prompts=False, frozen=True),
    'finetune': Paradigm(prompts=False, frozen=False),
    'protune+finetune': Paradigm(prompts=True, frozen=False),
}
