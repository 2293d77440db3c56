"""Lets averaged weights share what is frozen with the model."""
from mmengine.hooks import EMAHook, Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from protune_mm.tuning import split_state
from protune_mm.tuning.sharing import share


@HOOKS.register_module()
class SharedAverageHook(Hook):
    """Let the average of an EMA hook hold the model's own frozen tensors.

    mmengine averages a copy of the whole model. The average of what does not
    change is itself: it needs no copy and no step.
    """

    priority = 'LOWEST'  # the average is there by then

    def before_run(self, runner: Runner) -> None:
        """Replace the frozen tensors of averages.

        Args:
            runner (Runner): The runner, its model built and not yet loaded.
        """
        for hook in runner.hooks:
            if not isinstance(hook, EMAHook):
                continue
            average = hook.ema_model
            for name in split_state(hook.src_model)[1]:
                share(average.module, hook.src_model, name)
                average.avg_parameters.pop(name, None)
