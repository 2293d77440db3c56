"""The tuning paradigms the Pro-tuning paper compares (section 4.1)."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Paradigm:
    """One way to adapt a pre-trained backbone.

    Args:
        methods (bool): Whether tuning methods add modules, such as prompt
            blocks. Default: False.
        frozen (bool): Whether the host's own parameters and buffers stay as
            they were pre-trained. Otherwise the host's arguments decide, such
            as ``frozen_stages`` and ``norm_eval``. Default: False.
        partial (int): How many of the host's last modules train although it
            is frozen. Default: 0.
        pretrained (bool): Whether it starts from pre-trained weights.
            Default: True.
    """
    methods: bool = False
    frozen: bool = False
    partial: int = 0
    pretrained: bool = True


PARADIGMS = {
    'protune': Paradigm(methods=True, frozen=True),
    'head': Paradigm(frozen=True),
    'partial-1': Paradigm(frozen=True, partial=1),
    'partial-2': Paradigm(frozen=True, partial=2),
    'finetune': Paradigm(),
    'scratch': Paradigm(pretrained=False),
    'protune+finetune': Paradigm(methods=True),
}
