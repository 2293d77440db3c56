"""Stops a training whose loss is not finite."""
import os
from typing import Any, List, Optional

import torch
from mmengine import dist
from mmengine.hooks import CheckpointHook, Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner, find_latest_checkpoint
from mmengine.structures import BaseDataElement

from protune_mm.errors import UserError


def _image_names(batch: Any) -> List[str]:
    """Name a batch's images, as far as its samples know their files."""
    if isinstance(batch, BaseDataElement):
        if 'img_path' in batch:
            return [batch.img_path]
        children = batch.get('video_data_samples', [])
    elif isinstance(batch, dict):
        children = batch.values()
    else:
        children = batch if isinstance(batch, (list, tuple)) else ()
    return [name for child in children for name in _image_names(child)]


def _last_checkpoint(runner: Runner) -> Optional[str]:
    """Find the newest checkpoint of a run, also outside its work folder."""
    folders = [
        hook.out_dir for hook in runner.hooks
        if isinstance(hook, CheckpointHook) and hook.out_dir
    ]
    for folder in [*folders, runner.work_dir]:
        if os.path.isfile(os.path.join(folder, 'last_checkpoint')):
            return find_latest_checkpoint(folder)
    return None


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stop when the loss is NaN or infinite, and save no such weights.

    Only the loss counts: with a scaled loss, as of mixed precision,
    gradients that overflow are usual and their step is left out.

    Args:
        stop (bool): Whether to. False switches the hook off, which our tools
            would otherwise add. Default: True.
    """

    # Before any hook that saves or averages the weights.
    priority = 'VERY_HIGH'

    def __init__(self, stop: bool = True) -> None:
        self.stop = stop
        self._names = []

    def after_train_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch: Any = None,
                         outputs: Optional[dict] = None) -> None:
        """Look at the loss.

        Args:
            runner (Runner): The runner that trains.
            batch_idx (int): Number of the batch in its epoch.
            data_batch (Any): The batch. Default: None.
            outputs (dict, optional): The losses by name. Default: None.

        Raises:
            UserError: If the loss is not finite, in any of the processes.
        """
        loss = (outputs or {}).get('loss')
        if loss is None or not self.stop:
            return
        self._names = _image_names(data_batch)
        loss = torch.as_tensor(loss).detach().float().mean()
        bad = ~torch.isfinite(loss)
        anywhere = bad.int()
        # A process that stops alone would leave the others waiting.
        dist.all_reduce(anywhere, 'max')
        if not anywhere:
            return
        parts = dist.all_gather_object((float(loss),
                                        self._names) if bad else None)
        value = next(part[0] for part in parts if part)
        names = [name for part in parts if part for name in part[1]]
        self._stop(runner, f'The loss is {value}', names)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Look at the weights, which the last step may have spoilt.

        Args:
            runner (Runner): The runner that saves.
            checkpoint (dict): What it saves.

        Raises:
            UserError: If a weight is not finite.
        """
        if not self.stop:
            return
        model = runner.model
        model = model.module if is_model_wrapper(model) else model
        for name, value in model.named_parameters():
            if not torch.isfinite(value).all():
                self._stop(runner, f'{name} is no longer finite', self._names)

    @staticmethod
    def _stop(runner: Runner, what: str, names: List[str]) -> None:
        """Raise a sentence with the images and what to go on from."""
        images = ', '.join(names) or 'images whose files have no names'
        last = _last_checkpoint(runner)
        remedy = (f'{last} is the last good checkpoint'
                  if last else 'there is no checkpoint yet')
        raise UserError(
            f'{what} in iteration {runner.iter + 1}, after the batch of '
            f'{images}: look at these images and their annotations, or lower '
            f'the learning rate (optim_wrapper.optimizer.lr); {remedy}.')
