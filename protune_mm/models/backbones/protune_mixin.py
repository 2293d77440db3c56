"""Pro-tuning for any host backbone.

::

    image - stem - stage 1 -+- prompt 1 - stage 2 -+- prompt 2 - ... - neck
      frozen, no graph      '- x + b f(x)  frozen  '- x + b f(x)

A pro-tuned backbone is the host library's own class plus prompt blocks. Each
block hangs on a forward hook of the module that ends a stage and replaces that
module's output, so nothing of the host is copied and nothing else changes.
"""
from typing import Optional, Sequence, Union

from protune_mm.hosts.sites import Stage
from .tuned_backbone import TunedBackbone


class ProTuneMixin(TunedBackbone):
    """Adds prompt blocks to a host's backbone and freezes everything else.

    Put it before the host's class: ``class X(ProTuneMixin, ResNet)``. All
    arguments of the host keep their names and meaning. Source:
    https://arxiv.org/abs/2207.14381, sections 3.1 and 3.2.

    Args:
        tuning (str): Tuning paradigm, see :class:`TunedBackbone`.
            Default: 'protune'.
        prompt_stages (int | str | Sequence, optional): What gets prompts, see
            :class:`~protune_mm.methods.PromptBlocks`. Default: None, which
            means every stage that reaches an output.
        prompts_per_stage (int): Blocks in a row after each of these stages
            (Table 9). Default: 1.
        prompt_cfg (dict, optional): Arguments of :class:`PromptBlock`; another
            ``type`` replaces it. Default: None.
        methods (Sequence[dict], optional): Methods instead of prompt blocks,
            whose arguments above are then left out. Default: None.
        trained_modules (str | Sequence[str], optional): Paths of modules of
            the host that train although ``tuning`` freezes the rest of it.
            Default: None, which means those that the family knows.
        random_frozen (bool): Accept frozen weights that no checkpoint has
            filled, which training refuses otherwise. Default: False.

    Raises:
        UserError: If a value above does not exist for this backbone.
    """

    def __init__(self,
                 *args,
                 prompt_stages: Union[None, Stage, Sequence[Stage]] = None,
                 prompts_per_stage: int = 1,
                 prompt_cfg: Optional[dict] = None,
                 prompts_after_merging: Optional[bool] = None,
                 methods: Optional[Sequence[dict]] = None,
                 **kwargs) -> None:
        if methods is None:
            methods = [
                dict(
                    type='PromptBlocks',
                    prompt_stages=prompt_stages,
                    prompts_per_stage=prompts_per_stage,
                    prompt_cfg=prompt_cfg,
                    prompts_after_merging=prompts_after_merging)
            ]
        super().__init__(*args, methods=methods, **kwargs)
