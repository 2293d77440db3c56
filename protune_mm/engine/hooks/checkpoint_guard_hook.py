"""Says what a checkpoint filled; refuses one that does not fill enough."""
from typing import Set

from mmengine.hooks import Hook
from mmengine.model import BaseModule, BaseTTAModel, is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import nn

from protune_mm.errors import UserError
from protune_mm.tuning import loading_report, split_state
from protune_mm.tuning.gaps import refuse_gaps
from protune_mm.tuning.pretraining import loads_weights


def _is_pretrained(part: BaseModule) -> bool:
    cfgs = part.init_cfg
    cfgs = cfgs if isinstance(cfgs, (list, tuple)) else [cfgs]
    return any(map(loads_weights, cfgs))


@HOOKS.register_module()
class CheckpointGuardHook(Hook):
    """Report what ``load_from`` fills, refuse weights of a backbone alone.

    The names of such weights lack the model's ``backbone.``, so that nothing
    would be loaded but a warning logged, and a frozen backbone would stay
    random. In a test every entry of the model must come from the checkpoint:
    what it lacks, or has in another shape, would be random.
    """

    def __init__(self) -> None:
        self._handles = []

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare the checkpoint's names with the model's.

        Args:
            runner (Runner): The runner that loads.
            checkpoint (dict): The checkpoint, not yet in the model.

        Raises:
            UserError: If the names are those of a bare backbone or, when
                they are loaded, entries stay random that must not.
        """
        self._end_of_loading(runner)  # of an earlier checkpoint
        model = runner.model
        while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
            model = model.module
        state = {
            name.removeprefix('module.'): value
            for name, value in checkpoint.get('state_dict',
                                              checkpoint).items()
        }
        given = state.keys()
        for name, part in model.named_modules():
            if name and hasattr(part, 'trained_parts'):
                inside = any(f'{name}.' in key for key in given)
                if not inside and given & part.state_dict().keys():
                    raise UserError(
                        'load_from names weights of a backbone alone, not of '
                        f'a whole model: set --cfg-options model.{name}.'
                        'init_cfg.checkpoint=PATH instead of load_from.')

        not_copied = []  # torch's list of errors, which it fills later

        def begin(state_dict, prefix, metadata, strict, missing, unexpected,
                  errors):
            not_copied.append(errors)

        def report(module, keys):
            self._refuse_nothing(model, set(keys.missing_keys))
            if not model.is_init:
                refuse_gaps(model, keys.missing_keys, *not_copied)
            text = loading_report(model, state, *keys)
            runner.logger.info(f'Loading a checkpoint: {text}')

        # Called when the hosts have converted the names, so they are exact.
        self._handles = [
            model._register_load_state_dict_pre_hook(begin),
            model.register_load_state_dict_post_hook(report)
        ]

    @staticmethod
    def _refuse_nothing(model: nn.Module, missing: Set[str]) -> None:
        """Raise if a frozen backbone would stay random."""
        for name, part in model.named_modules():
            if getattr(part, 'trained_parts', lambda: None)() is None:
                continue
            frozen = {
                f'{name}.{key}'
                for key in split_state(part)[1].keys()
                & dict(part.named_parameters())
            }
            # Weights of init_cfg are in a model that trains, not in a test.
            initialised = model.is_init and _is_pretrained(part)
            if frozen <= missing and not initialised:
                raise UserError(
                    f'The checkpoint has nothing of the frozen {name}, which '
                    'would stay random: give a checkpoint of this model or, '
                    f'to train, set --cfg-options model.{name}.init_cfg.')

    def _end_of_loading(self, runner: Runner) -> None:
        """Leave the model as it was."""
        for handle in self._handles:
            handle.remove()
        self._handles = []

    before_train = before_val = before_test = _end_of_loading
