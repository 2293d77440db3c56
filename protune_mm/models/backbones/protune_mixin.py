"""Pro-tuning for any host backbone.

::

    image - stem - stage 1 -+- prompt 1 - stage 2 -+- prompt 2 - ... - neck
      frozen, no graph      '- x + b f(x)  frozen  '- x + b f(x)

A pro-tuned backbone is the host library's own class plus prompt blocks. Each
block hangs on a forward hook of the module that ends a stage and replaces that
module's output, so nothing of the host is copied and nothing else changes.
"""
from inspect import signature
from typing import Any, Dict, Optional, Sequence

from protune_mm.errors import UserError
from protune_mm.methods import PromptBlocks
from .tuned_backbone import TunedBackbone


def take_arguments(method: type, arguments: Dict[str, Any]) -> Dict[str, Any]:
    """Take those of a method out of the arguments of a backbone.

    Args:
        method (type): A method.
        arguments (dict): By name; what is taken is removed.

    Returns:
        dict: What was there of the method.
    """
    names = arguments.keys() & signature(method).parameters
    return {name: arguments.pop(name) for name in sorted(names)}


class ProTuneMixin(TunedBackbone):
    """Adds prompt blocks to a host's backbone and freezes everything else.

    Put it before the host's class: ``class X(ProTuneMixin, ResNet)``. All
    arguments of the host keep their names and meaning. Source:
    https://arxiv.org/abs/2207.14381, sections 3.1 and 3.2.

    Args:
        tuning (str): Tuning paradigm, see :class:`TunedBackbone`.
            Default: 'protune'.
        prompt_stages, prompts_per_stage, prompt_cfg, prompts_after_merging:
            Arguments of :class:`~protune_mm.methods.PromptBlocks`.
        methods (Sequence[dict], optional): Methods instead of prompt blocks,
            whose arguments above are then left out. Default: None.
        trained_modules (str | Sequence[str], optional): Paths of modules of
            the host that train although ``tuning`` freezes the rest of it.
            Default: None, which means those that the family knows.
        random_frozen (bool): Accept frozen weights that no checkpoint has
            filled, which training refuses otherwise. Default: False.
        memory (str): What is kept for backward, see :class:`TunedBackbone`.
            Default: 'lean'.

    Raises:
        UserError: If a value above does not exist for this backbone.
    """

    def __init__(self,
                 *args,
                 methods: Optional[Sequence[dict]] = None,
                 **kwargs) -> None:
        blocks = take_arguments(PromptBlocks, kwargs)
        if methods is None:
            methods = [dict(type='PromptBlocks', **blocks)]
        elif blocks:
            raise UserError(
                f'{", ".join(blocks)} cannot stand beside methods: move it '
                "into them, as dict(type='PromptBlocks', ...).")
        super().__init__(*args, methods=methods, **kwargs)
