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
from typing import Any, Iterator, List, Optional, Sequence, Tuple, Union

from mmengine.model import ModuleDict, Sequential
from mmengine.registry import MODELS
from torch import nn

from protune_mm import tuning as tuning_rules
from protune_mm.errors import UserError
from . import feature_layout
from .from_scratch import without_pretraining
from .hosts import HostChoice
from .insertion import check_path, find_channels, overview, resolve_stages
from .loading_mixin import LoadingMixin

# Its number, or the path of a module.
Stage = Union[int, str]


class ProTuneMixin(HostChoice, LoadingMixin):
    """Adds prompt blocks to a host's backbone and freezes everything else.

    Put it before the host's class: ``class X(ProTuneMixin, ResNet)``. All
    arguments of the host keep their names and meaning. Source:
    https://arxiv.org/abs/2207.14381, sections 3.1 and 3.2.

    Args:
        tuning (str): Tuning paradigm: ``'protune'`` (prompts train, the host
            is frozen), ``'head'`` (no prompts, the host is frozen),
            ``'partial-1'`` or ``'partial-2'`` (as 'head', but the host's last
            one or two modules train), ``'finetune'`` (no prompts, the host's
            own arguments decide), ``'scratch'`` (no prompts, nothing is
            frozen, pre-trained weights are not loaded) or
            ``'protune+finetune'``. Default: 'protune'.
        prompt_stages (int | str | Sequence, optional): What gets prompts:
            stages, counted from 0 like ``out_indices``, or paths of any
            modules that return a map, such as ``'layer3.5'``. Default: None,
            which means every stage that reaches an output.
        prompts_per_stage (int): Blocks in a row after each of these stages
            (Table 9). Default: 1.
        prompt_cfg (dict, optional): Arguments of :class:`PromptBlock`; another
            ``type`` replaces it. Default: None.
        trained_modules (str | Sequence[str], optional): Paths of modules of
            the host that train although ``tuning`` freezes the rest of it,
            such as norms that no pre-training holds. Default: None, which
            means those that the class knows.
        random_frozen (bool): Accept frozen weights that no checkpoint has
            filled, which training refuses otherwise. Default: False.

    Raises:
        UserError: If a value above does not exist for this backbone.
    """

    def __init__(self,
                 *args,
                 tuning: str = 'protune',
                 prompt_stages: Union[None, Stage, Sequence[Stage]] = None,
                 prompts_per_stage: int = 1,
                 prompt_cfg: Optional[dict] = None,
                 trained_modules: Union[None, str, Sequence[str]] = None,
                 random_frozen: bool = False,
                 **kwargs) -> None:
        if tuning not in tuning_rules.PARADIGMS:
            raise UserError(f"tuning='{tuning}' is not known: choose one of "
                            f'{", ".join(tuning_rules.PARADIGMS)}.')
        rules = tuning_rules.PARADIGMS[tuning]
        if not rules.pretrained:
            kwargs = without_pretraining(type(self), kwargs)
        super().__init__(*args, **kwargs)
        if not rules.pretrained:
            self.norm_eval = False  # there are no statistics to keep
            self.requires_grad_(True)
        self.tuning = tuning
        # Hosts that take no other size do not keep it.
        self.pretrain_img_size = kwargs.get('pretrain_img_size')
        self._without_prompts = False
        self.prompt_paths = self._choose_paths(prompt_stages)
        if isinstance(trained_modules, str):
            trained_modules = [trained_modules]
        self.trained_modules = self._choose_trained(trained_modules)
        if self.trained_parts() is not None:
            # A host's own rule would also freeze the norms that train.
            self.frozen_stages = -1
        # mmengine's containers pass init_weights on to the blocks.
        self.prompts = ModuleDict()
        if self.prompt_paths:
            self._insert_prompts(prompts_per_stage, prompt_cfg or {})
        if self.trained_parts() is not None:
            tuning_rules.freeze(self, self.trained_parts())
            for path in self.trained_modules:  # the host may have frozen it
                self.get_submodule(path).requires_grad_(True)
        self.watch_loading(random_frozen, trained_modules or ())
        self.train()

    # -- what a host class says about itself --------------------------------

    @property
    def stage_paths(self) -> Tuple[str, ...]:
        """tuple[str]: Path of the module that ends each stage, in order."""
        raise NotImplementedError

    def default_prompt_stages(self) -> Sequence[Stage]:
        """Return what gets prompts if the user does not say."""
        return self.stage_paths

    def default_prompt_cfg(self) -> dict:
        """Return what suits this host, below the user's ``prompt_cfg``."""
        return dict(type='PromptBlock')

    def default_trained_modules(self) -> Sequence[str]:
        """Return what of the host trains although the rest is frozen."""
        return ()

    def partial_modules(self, number: int) -> Sequence[str]:
        """Return the paths of the modules that partial fine-tuning trains.

        Args:
            number (int): 1 or 2, the more the larger.

        Returns:
            Sequence[str]: The last modules of the host.

        Raises:
            UserError: If that is not known of this host.
        """
        raise UserError(
            f"tuning='partial-{number}' does not know the last modules of "
            f'{type(self).__name__}: list what trains in trained_modules; '
            f'there are {overview(self)}.')

    def blend(self, prompts: nn.Module, inputs: Tuple, output: Any) -> Any:
        """Apply prompts to the output of a stage's last module.

        Args:
            prompts (nn.Module): Maps ``(B, C, H, W)`` to the same shape.
            inputs (tuple): Positional inputs of that module.
            output: Its output, in a form that
                :func:`~.feature_layout.blend` knows.

        Returns:
            The output in its own form, prompts blended in.
        """
        return feature_layout.blend(prompts, inputs, output)

    def _choose_trained(self,
                        wanted: Optional[Sequence[str]]) -> Tuple[str, ...]:
        """Return what trains of the host, given what the user wants."""
        if wanted is None:
            wanted = self.default_trained_modules()
            partial_blocks = tuning_rules.PARADIGMS[self.tuning].partial
            if partial_blocks:
                wanted = [*wanted, *self.partial_modules(partial_blocks)]
        for path in wanted:
            check_path(self, path, 'trained_modules')
        return tuple(wanted)

    # -- prompts -------------------------------------------------------------

    def _choose_paths(
            self, wanted: Union[None, Stage, Sequence[Stage]]) -> List[str]:
        """Return the paths of what gets blocks, given what the user wants."""
        if not tuning_rules.PARADIGMS[self.tuning].prompts:
            return []
        if isinstance(wanted, (int, str)):
            wanted = [wanted]
        if wanted is None:
            wanted = self.default_prompt_stages()
        return resolve_stages(self, wanted, self.stage_paths)

    def _insert_prompts(self, per_stage: int, prompt_cfg: dict) -> None:
        if per_stage < 1:
            raise UserError(f'prompts_per_stage={per_stage} must be at least '
                            "1; for no prompts use tuning='head'.")
        self.eval()
        for path, channels in find_channels(self, self.prompt_paths).items():
            cfg = {
                **self.default_prompt_cfg(),
                **prompt_cfg, 'channels': channels
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
            return ('prompts', *self.trained_modules)
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
