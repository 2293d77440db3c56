"""Watches how much prompts have in common with patch tokens."""
import csv
from pathlib import Path
from typing import Dict, List

import numpy as np
import torch
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import EpochBasedTrainLoop, Runner

from protune_mm.atomic_backend import written
from protune_mm.engine.train_images import (find_prompted, seeded,
                                            training_images)
from protune_mm.errors import UserError
from protune_mm.evaluation.mutual_information import mutual_information
from protune_mm.limits import check_least
from protune_mm.visualization.information_figure import information_figure


@HOOKS.register_module()
class PromptNMIHook(Hook):
    """Measure the mutual information of prompts and patch tokens in training.

    It is measured in each prompted block, before training and after epochs,
    on images of the training set that are drawn once: see
    :mod:`protune_mm.evaluation.mutual_information` for a pair; a block has
    the mean over prompts and tokens. The paper's page gives no formula, so
    this one is ours. It goes to the visualizer as ``nmi/layer_<i>`` and
    ``nmi/mean``, a step an epoch, and to ``prompt_nmi.csv`` in the work
    directory; after training ``prompt_nmi.png`` is drawn. Training is not
    changed.

    Source: Self-Prompt Tuning, https://arxiv.org/abs/2402.02382, Figure 2.

    Args:
        num_images (int): Images to draw. Default: 8.
        num_tokens (int): Patch tokens of a block to compare, drawn from all
            images. Default: 16.
        bins (int): Bins of a vector, far fewer than it has channels.
            Default: 16.
        interval (int): Epochs from one measurement to the next. Default: 1.

    Raises:
        UserError: If a number is too small.
    """

    priority = 'LOW'  # prompts have been set

    def __init__(self,
                 num_images: int = 8,
                 num_tokens: int = 16,
                 bins: int = 16,
                 interval: int = 1) -> None:
        check_least(
            'PromptNMIHook',
            num_images=(num_images, 1),
            num_tokens=(num_tokens, 1),
            bins=(bins, 2),
            interval=(interval, 1))
        self.num_images = num_images
        self.num_tokens = num_tokens
        self.bins = bins
        self.interval = interval

    @master_only
    def before_train(self, runner: Runner) -> None:
        """Draw the images and measure.

        Args:
            runner (Runner): The runner, its model built and loaded.

        Raises:
            UserError: If the model has no prompt tokens or too few channels
                for the bins, or training does not count epochs.
        """
        name = type(self).__name__
        if not isinstance(runner.train_loop, EpochBasedTrainLoop):
            raise UserError(f'{name} measures after epochs, which this '
                            'training does not count: set '
                            'train_cfg.by_epoch=True or leave the hook out.')
        self._prompts = find_prompted(runner, name)
        narrowest = min(v.shape[1] for v in self._prompts.values())
        if 2 * self.bins > narrowest:
            raise UserError(
                f'{name}: bins={self.bins} are too many for prompts of '
                f'{narrowest} channels, of which a bin should hold several: '
                f'choose at most {narrowest // 2}.')
        with seeded(0):
            self._images = list(training_images(runner, self.num_images))
        self._file = Path(runner.work_dir, 'prompt_nmi.csv')
        self._rows = self._read(before=runner.epoch)
        if runner.epoch % self.interval == 0 or not self._rows:
            self._measure(runner, runner.epoch)

    @master_only
    def after_train_epoch(self, runner: Runner) -> None:
        """Measure, if it is time."""
        if self.every_n_epochs(runner, self.interval):
            self._measure(runner, runner.epoch + 1)

    @master_only
    def after_train(self, runner: Runner) -> None:
        """Draw the picture."""
        with written(self._file.with_suffix('.png')) as path:
            information_figure(self._rows).savefig(path, format='png', dpi=150)

    def _read(self, before: int) -> List[Dict[str, float]]:
        """Read what an interrupted training has measured."""
        # At epoch 0 a file that is there is of another training.
        if not (before and self._file.exists()):
            return []
        with self._file.open(newline='') as file:
            rows = [{
                name: float(value)
                for name, value in row.items()
            } for row in csv.DictReader(file)]
        return [row for row in rows if row['epoch'] < before]

    def _measure(self, runner: Runner, epoch: int) -> None:
        patches = [
            self._prompts.patch_tokens(image, prompted=True)
            for image in self._images
        ]
        values = {}
        for prompts, *tokens in zip(self._prompts.values(), *patches):
            tokens = torch.cat([of_image[0] for of_image in tokens])
            generator = torch.Generator().manual_seed(0)
            drawn = torch.randperm(len(tokens), generator=generator)
            drawn = drawn[:self.num_tokens].to(tokens.device)
            values[f'layer_{len(values)}'] = mutual_information(
                prompts.cpu(), tokens[drawn].cpu(), self.bins).mean()
        values['mean'] = np.mean(list(values.values()))
        self._rows.append(dict(epoch=epoch, **values))
        self._write()
        runner.visualizer.add_scalars(
            {
                f'nmi/{name}': float(value)
                for name, value in values.items()
            },
            step=epoch)

    def _write(self) -> None:
        with written(self._file) as path, path.open('w', newline='') as file:
            writer = csv.DictWriter(file, self._rows[0])
            writer.writeheader()
            writer.writerows({
                name: f'{value:.6g}'
                for name, value in row.items()
            } for row in self._rows)
