"""Records what a training gave."""
import time
from numbers import Number
from pathlib import Path
from typing import Optional

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from protune_mm.evaluation.run_result import RunResult, write_result
from protune_mm.tuning import parameter_rows


@HOOKS.register_module()
class ResultHook(Hook):
    """Write ``result.json`` into the work directory when a training ends.

    What it holds is said by :class:`RunResult`.

    Args:
        fingerprint (str): What tells the run from others, copied to the
            record.
    """

    priority = 'VERY_LOW'  # the checkpoint is written when it runs

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self.metrics = None

    def before_train(self, runner: Runner) -> None:
        """Take the time."""
        self.start = time.time()

    def after_val_epoch(self,
                        runner: Runner,
                        metrics: Optional[dict] = None) -> None:
        """Keep the metrics of an evaluation."""
        self.metrics = metrics

    def after_train(self, runner: Runner) -> None:
        """Write the record."""
        if self.metrics is None:  # resumed after the last epoch
            runner.val_loop.run()
        self._write(runner)

    @master_only
    def _write(self, runner: Runner) -> None:
        model = runner.model
        model = model.module if is_model_wrapper(model) else model
        folder = Path(runner.work_dir)
        result = RunResult(
            fingerprint=self.fingerprint,
            metrics={
                name: float(value)
                for name, value in self.metrics.items()
                if isinstance(value, Number)
            },
            parameters=parameter_rows(model),
            minutes=(time.time() - self.start) / 60,
            checkpoint=(folder / 'last_checkpoint').read_text())
        write_result(folder, result)
