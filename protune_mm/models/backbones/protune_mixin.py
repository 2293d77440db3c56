"""Pro-tuning for any host backbone: the one mechanism.

::

    image - stem - stage 1 -+- prompt 1 - stage 2 -+- prompt 2 - ... - neck
      frozen, no graph      '- x + b f(x)  frozen  '- x + b f(x)

A pro-tuned backbone is the host library's own class plus prompt blocks. Each
block hangs on a forward hook of the module that ends a stage and replaces that
module's output, so nothing of the host is copied and nothing else changes.
"""
from contextlib import contextmanager
from functools import partial
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

import torch
from mmengine.model import ModuleDict, Sequential
from mmengine.registry import MODELS
from torch import Tensor, nn

from protune_mm import tuning as tuning_rules
from protune_mm.errors import UserError


class ProTuneMixin:
    """Adds prompt blocks to a host's backbone and freezes everything else.

    Put it before the host's class: ``class X(ProTuneMixin, ResNet)``. All
    arguments of the host keep their names and meaning. Source:
    https://arxiv.org/abs/2207.14381, sections 3.1 and 3.2.

    Args:
        tuning (str): Tuning paradigm: ``'protune'`` (prompts train, the host
            is frozen), ``'head'`` (no prompts, the host is frozen),
            ``'finetune'`` (no prompts, the host's own arguments decide) or
            ``'protune+finetune'``. Default: 'protune'.
        prompt_stages (Sequence[int], optional): Stages that get prompts,
            counted from 0 like ``out_indices``. Default: None, which means
            every stage that reaches an output.
        prompts_per_stage (int): Blocks in a row after each of these stages
            (Table 9). Default: 1.
        prompt_cfg (dict, optional): Arguments of :class:`PromptBlock`; another
            ``type`` replaces it. Default: None.

    Raises:
        UserError: If a value above does not exist for this backbone.
    """

    def __init__(self,
                 *args,
                 tuning: str = 'protune',
                 prompt_stages: Optional[Sequence[int]] = None,
                 prompts_per_stage: int = 1,
                 prompt_cfg: Optional[dict] = None,
                 **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if tuning not in tuning_rules.PARADIGMS:
            raise UserError(f"tuning='{tuning}' is not known: choose one of "
                            f'{", ".join(tuning_rules.PARADIGMS)}.')
        if prompts_per_stage < 1:
            raise UserError(f'prompts_per_stage={prompts_per_stage} must be '
                            "at least 1; for no prompts use tuning='head'.")
        self.tuning = tuning
        self._without_prompts = False
        # mmengine's containers pass init_weights on to the blocks.
        self.prompts = ModuleDict()
        paths = self._prompt_paths(prompt_stages)
        if tuning_rules.PARADIGMS[tuning].prompts:
            self._insert_prompts(paths, prompts_per_stage, prompt_cfg or {})
        if self.trained_parts() is not None:
            tuning_rules.freeze(self, self.trained_parts())
        self.train()

    # -- what a host class says about itself --------------------------------

    @property
    def stage_paths(self) -> Tuple[str, ...]:
        """tuple[str]: Path of the module that ends each stage, in order."""
        raise NotImplementedError

    def default_prompt_cfg(self) -> dict:
        """Return what suits this host, below the user's ``prompt_cfg``."""
        return dict(type='PromptBlock')

    def blend(self, prompts: nn.Module, inputs: Tuple, output: Any) -> Any:
        """Apply prompts to the output of a stage's last module.

        Args:
            prompts (nn.Module): Maps ``(B, C, H, W)`` to the same shape.
            inputs (tuple): Positional inputs of that module.
            output: Its output; here a map ``(B, C, H, W)``.

        Returns:
            The output in its own form, prompts blended in.
        """
        return prompts(output)

    # -- prompts -------------------------------------------------------------

    def _prompt_paths(self, stages: Optional[Sequence[int]]) -> Sequence[str]:
        paths = self.stage_paths
        if stages is None:
            return paths
        for stage in stages:
            if not 0 <= stage < len(paths):
                named = ', '.join(f'{i} ({p})' for i, p in enumerate(paths))
                raise UserError(
                    f'prompt_stages names stage {stage}, but the stages of '
                    f'this {type(self).__name__} that reach an output are '
                    f'{named}: change prompt_stages or out_indices.')
        return [paths[stage] for stage in sorted(set(stages))]

    def _insert_prompts(self, paths: Sequence[str], per_stage: int,
                        prompt_cfg: dict) -> None:
        channels = self._channels(paths)
        for path in paths:
            cfg = {
                **self.default_prompt_cfg(),
                **prompt_cfg, 'channels': channels[path]
            }
            name = path.replace('.', '_')
            self.prompts[name] = Sequential(
                *[MODELS.build(cfg) for _ in range(per_stage)])
            # A partial of a bound method follows deep copies of the backbone
            # (EMA, teachers); a closure would keep the original's prompts.
            self.get_submodule(path).register_forward_hook(
                partial(self._on_stage_end, name))

    def _on_stage_end(self, name: str, module: nn.Module, inputs: Tuple,
                      output: Any) -> Any:
        if self._without_prompts:
            return output
        return self.blend(self.prompts[name], inputs, output)

    def _channels(self, paths: Sequence[str]) -> Dict[str, int]:
        """Find each stage's channels by sending a small image through."""
        channels = {}

        def record(path: str, module: nn.Module, inputs: Tuple,
                   output: Any) -> None:

            def note(x: Tensor) -> Tensor:
                channels[path] = x.shape[1]
                return x

            self.blend(note, inputs, output)

        hooks = [
            self.get_submodule(path).register_forward_hook(
                partial(record, path)) for path in paths
        ]
        stem = next(m for m in self.modules() if isinstance(m, nn.Conv2d))
        self.eval()
        with torch.no_grad():
            self(stem.weight.new_zeros(1, stem.in_channels, 128, 128))
        for hook in hooks:
            hook.remove()
        return channels

    @contextmanager
    def without_prompts(self) -> Iterator[None]:
        """Compute as the stock backbone inside this context."""
        self._without_prompts = True
        try:
            yield
        finally:
            self._without_prompts = False

    # -- freezing ------------------------------------------------------------

    def trained_parts(self) -> Optional[Tuple[str, ...]]:
        """Declare the paths that train; None if the host's rules decide."""
        if tuning_rules.PARADIGMS[self.tuning].frozen:
            return ('prompts', )
        return None

    def train(self, mode: bool = True) -> nn.Module:
        """Set the mode; frozen parts stay in eval.

        Args:
            mode (bool): Whether to train. Default: True.

        Returns:
            nn.Module: This backbone.
        """
        super().train(mode)
        # Pro-tuning: norm_eval=True of a host is meant for pre-trained norms,
        # the prompts' norms are new.
        self.prompts.train(mode)
        if self.trained_parts() is not None:
            tuning_rules.keep_in_eval(self, self.trained_parts())
        return self

    # -- loading -------------------------------------------------------------

    def _load_from_state_dict(self, state_dict: Dict[str, Tensor], prefix: str,
                              *args) -> None:
        tuning_rules.refuse_other_backbone(self, state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *args)
