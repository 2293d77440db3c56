"""A progress bar with the time left."""
from typing import Any, Optional, Sequence

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from tqdm import tqdm

from protune_mm.progress import progress_bar


@HOOKS.register_module()
class ProgressBarHook(Hook):
    """Show one bar for training and one for each evaluation.

    For runs whose log goes to a file. Bars are drawn on standard error by the
    first process only.

    Args:
        title (str): What the bar is called. Default: 'training'.
    """

    def __init__(self, title: str = 'training') -> None:
        self.title = title
        self._train_bar = None
        self._val_bar = None

    def _open(self,
              runner: Runner,
              title: str,
              total: int,
              done: int = 0) -> tqdm:
        return progress_bar(
            total=total, initial=done, desc=title, disable=runner.rank > 0)

    def before_train(self, runner: Runner) -> None:
        """Open the bar of the whole training."""
        self._train_bar = self._open(runner, self.title, runner.max_iters,
                                     runner.iter)

    def after_train_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch: Any = None,
                         outputs: Optional[dict] = None) -> None:
        """Advance by an iteration and show the loss."""
        loss = f"{outputs['loss'].item():.3f}"
        self._train_bar.set_postfix(loss=loss, refresh=False)
        self._train_bar.update()

    def after_train(self, runner: Runner) -> None:
        """Close the bar of the training."""
        self._train_bar.close()

    def before_val_epoch(self, runner: Runner) -> None:
        """Open the bar of an evaluation."""
        self._val_bar = self._open(runner, 'evaluating',
                                   len(runner.val_dataloader))

    def after_val_iter(self,
                       runner: Runner,
                       batch_idx: int,
                       data_batch: Any = None,
                       outputs: Optional[Sequence] = None) -> None:
        """Advance by an iteration."""
        self._val_bar.update()

    def after_val_epoch(self,
                        runner: Runner,
                        metrics: Optional[dict] = None) -> None:
        """Close the bar of the evaluation."""
        self._val_bar.close()
