"""Refuses to train beside frozen weights that are random."""
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from protune_mm.errors import UserError
from protune_mm.tuning.checkpoint import listed


@HOOKS.register_module()
class FrozenWeightsHook(Hook):
    """Stop before training if a frozen backbone has random weights.

    Whatever loads weights may have filled them: ``init_cfg`` of the backbone
    or of the model, ``load_from``, or a checkpoint that is resumed.
    """
    # Before hooks that work with the network.
    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Look at every tuned backbone.

        Args:
            runner (Runner): The runner, its model built and loaded.

        Raises:
            UserError: If frozen weights of one came from nowhere.
        """
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        for name, part in model.named_modules():
            entries = getattr(part, 'random_entries', list)()
            if entries:
                option = f'model.{name}'
                raise UserError(
                    f'The frozen {option} would stay random, no weights '
                    f'filled its {listed(entries)}: name a checkpoint that '
                    f"has them in {option}.init_cfg (of type='Pretrained') or "
                    'in load_from, let them train (trained_modules or another '
                    f'tuning), or set --cfg-options {option}.random_frozen='
                    'True if that is what you want.')
