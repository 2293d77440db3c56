"""Refuses the checkpoint of a bare backbone for a whole model."""
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from protune_mm.errors import UserError


@HOOKS.register_module()
class CheckpointGuardHook(Hook):
    """Raise if ``load_from`` names weights of the backbone alone.

    Their names lack the model's ``backbone.``, so that nothing would be
    loaded but a warning logged, and a frozen backbone would stay random.
    """

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare the checkpoint's names with the backbone's.

        Args:
            runner (Runner): The runner that loads.
            checkpoint (dict): The checkpoint, not yet in the model.

        Raises:
            UserError: If the names are those of a bare backbone.
        """
        model = runner.model
        model = model.module if is_model_wrapper(model) else model
        given = checkpoint.get('state_dict', checkpoint).keys()
        for name, part in model.named_modules():
            if name and hasattr(part, 'trained_parts'):
                inside = any(f'{name}.' in key for key in given)
                if not inside and given & part.state_dict().keys():
                    raise UserError(
                        'load_from names weights of a backbone alone, not of '
                        f'a whole model: set --cfg-options model.{name}.'
                        'init_cfg.checkpoint=PATH instead of load_from.')
