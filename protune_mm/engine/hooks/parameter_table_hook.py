"""Shows what trains and what is frozen before training starts."""
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from protune_mm.tuning import parameter_rows, parameter_table


@HOOKS.register_module()
class ParameterTableHook(Hook):
    """Log a table of trained and frozen parameters, a row a component."""

    def before_train(self, runner: Runner) -> None:
        """Log the table once.

        Args:
            runner (Runner): The runner, its model built and loaded.
        """
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        runner.logger.info('Parameters that train and that are frozen:\n' +
                           parameter_table(parameter_rows(model)))
