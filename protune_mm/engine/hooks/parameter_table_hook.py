"""Shows what trains, what is frozen and what is kept, before training."""
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from protune_mm.hosts import memory_line
from protune_mm.models.backbones.tuned_backbone import TunedBackbone
from protune_mm.tuning import parameter_rows, parameter_table


@HOOKS.register_module()
class ParameterTableHook(Hook):
    """Log a table of trained and frozen parameters, a row a component.

    Below it, a line says what of a tuned backbone keeps little for backward.
    """

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
        for module in model.modules():
            if isinstance(module, TunedBackbone) and memory_line(module):
                runner.logger.info(memory_line(module))
