"""Prompt blocks: the method of Pro-tuning."""
from typing import Collection, Optional, Sequence, Union

import torch
from mmengine.model import Sequential
from mmengine.registry import MODELS
from torch import nn

from protune_mm.errors import UserError
from protune_mm.hosts import Sites, dry_run, noise
from protune_mm.hosts.sites import Stage
from .method import Method


def fit_blocks(backbone: nn.Module, blocks: Sequence[nn.Module]) -> None:
    """Show prompt blocks the maps of an image of noise.

    Args:
        backbone (nn.Module): A backbone with pre-trained weights.
        blocks (Sequence[nn.Module]): Those of its prompt blocks to fit.
    """
    handles = [
        block.register_forward_pre_hook(
            lambda module, inputs: module.fit_to(inputs[0]))
        for block in blocks
    ]
    modes = [(module, module.training) for module in backbone.modules()]
    backbone.eval()
    try:
        with torch.no_grad():
            dry_run(backbone, lambda size: None, noise)
    except UserError:
        # It takes no image by itself; blocks start at 1.
        pass
    finally:
        for module, mode in modes:
            module.training = mode
        for handle in handles:
            handle.remove()


@MODELS.register_module()
class PromptBlocks(Method):
    """Prompt blocks after the stages of a backbone.

    Source: https://arxiv.org/abs/2207.14381, sections 3.1 and 3.2.

    Args:
        prompt_stages (int | str | Sequence, optional): What gets prompts:
            stages, counted from 0 like ``out_indices``, or paths of any
            modules that return a map, such as ``'layer3.5'``. Default: None,
            which means every stage that reaches an output and, of
            transformers, the patch embedding.
        prompts_per_stage (int): Blocks in a row after each of these stages
            (Table 9). Default: 1.
        prompt_cfg (dict, optional): Arguments of :class:`PromptBlock`; another
            ``type`` replaces it. Default: None.
        prompts_after_merging (bool, optional): Whether the block of a stage
            stands behind the patch merging that follows it, if there is one.
            Default: None, which means the family's choice.

    Raises:
        UserError: If ``prompts_per_stage`` is no whole number of at least 1.
    """

    def __init__(self,
                 prompt_stages: Union[None, Stage, Sequence[Stage]] = None,
                 prompts_per_stage: int = 1,
                 prompt_cfg: Optional[dict] = None,
                 prompts_after_merging: Optional[bool] = None) -> None:
        if not isinstance(prompts_per_stage, int) or prompts_per_stage < 1:
            raise UserError(
                f'prompts_per_stage={prompts_per_stage!r} must '
                'be a whole number of at least 1; for no prompts use '
                "tuning='head'.")
        self.prompt_stages = prompt_stages
        self.prompts_per_stage = prompts_per_stage
        self.prompt_cfg = prompt_cfg or {}
        self.prompts_after_merging = prompts_after_merging

    def insert(self, sites: Sites) -> None:
        """Put blocks on the maps of the stages; see :class:`Method`."""
        paths = sites.stages(self.prompt_stages, self.prompts_after_merging)
        default = sites.family.block_cfg(sites.backbone)
        for path, channels in sites.channels(paths).items():
            cfg = {**default, **self.prompt_cfg, 'channels': channels}
            name = path.replace('.', '_')
            blocks = [MODELS.build(cfg) for _ in range(self.prompts_per_stage)]
            for block in blocks:
                block.in_parts = sites.backbone.memory == 'lean'
            sites.add(self.part, name, Sequential(*blocks))
            sites.on_map(path, self.part, name)

    def after_loading(self, backbone: nn.Module,
                      filled: Collection[str]) -> None:
        """Fit new blocks to the maps that the weights make."""
        blocks = [
            block for name, block in backbone.named_modules()
            if getattr(block, 'fits', False) and f'{name}.beta' not in filled
        ]
        if blocks:
            fit_blocks(backbone, blocks)

    def trains(self, sites: Sites) -> Sequence[str]:
        """Return the norms of the outputs, which see changed maps."""
        return sites.family.output_norms(sites.backbone)
