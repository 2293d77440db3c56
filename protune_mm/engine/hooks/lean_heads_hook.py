"""Lets neck and heads keep less for backward."""
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from protune_mm.errors import UserError
from protune_mm.execution import MEMORY, recompute_heads


@HOOKS.register_module()
class LeanHeadsHook(Hook):
    """Let neck and heads run again in backward, with the same gradients.

    In a detector or segmentor they keep most of the bytes once the backbone
    is frozen. They train, so that each saving costs time.

    Args:
        memory (str): What they keep: ``'lean'`` (parts of them run again in
            backward), ``'leanest'`` (they do also as wholes, so that most of
            their forward runs three times) or ``'plain'`` (what torch keeps).
            Default: 'lean'.

    Raises:
        UserError: If ``memory`` is none of these.
    """

    def __init__(self, memory: str = 'lean') -> None:
        if memory not in MEMORY:
            raise UserError(f"LeanHeadsHook: memory='{memory}' is not known: "
                            f'choose one of {", ".join(MEMORY)}.')
        self.memory = memory

    def before_train(self, runner: Runner) -> None:
        """Change the heads and log what runs again.

        Args:
            runner (Runner): The runner, its model built.
        """
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        units = recompute_heads(model, self.memory)
        runner.logger.info(
            f'Neck and heads ({self.memory}), computed again in backward: '
            f'{", ".join(units) or "nothing"}.')
