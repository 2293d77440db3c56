"""Folds batch norms into convolutions before a test."""
from typing import Optional

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import nn

from protune_mm.execution import fold_norms


@HOOKS.register_module()
class FoldNormsHook(Hook):
    """Test with batch norms folded into the convolutions before them.

    A forward pass takes less time and gives the same but for rounding. The
    model itself is back after the test.
    """

    # After hooks that look at the model as it was built.
    priority = 'LOWEST'

    def __init__(self) -> None:
        self.model: Optional[nn.Module] = None

    @staticmethod
    def _replace(runner: Runner, model: nn.Module) -> nn.Module:
        """Give the runner another model; return the one that it had."""
        if is_model_wrapper(runner.model):
            before, runner.model.module = runner.model.module, model
        else:
            before, runner.model = runner.model, model
        return before

    def before_test(self, runner: Runner) -> None:
        """Fold a copy and test that.

        Args:
            runner (Runner): The runner, its checkpoint loaded.
        """
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        self.model = self._replace(runner, fold_norms(model))

    def after_test(self, runner: Runner) -> None:
        """Put the model back.

        Args:
            runner (Runner): The runner.
        """
        self._replace(runner, self.model)
        self.model = None
