"""Starts prompts from prototypes of patch tokens: Self-Prompt Tuning."""
from typing import List, Optional

import numpy as np
from mmengine.dist import broadcast, is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import Tensor

from protune_mm.engine.prototypes import PROTOTYPES
from protune_mm.engine.train_images import (find_prompted, seeded,
                                            training_images)
from protune_mm.errors import UserError
from protune_mm.limits import check_least
from protune_mm.methods import PromptTokens
from protune_mm.progress import progress_bar


@HOOKS.register_module()
class SelfPromptInitHook(Hook):
    """Set the prompts of each block to prototypes of its patch tokens.

    The network runs as it was pre-trained, without prompts, over images drawn
    from the training set with their training pipeline. They are drawn without
    replacement: the published code draws with it, by which two prompts could
    be equal and stay so. Prompts of a checkpoint stay, so nothing happens when
    a training is resumed. Training draws the same random numbers with and
    without the hook.

    Source: Self-Prompt Tuning, https://arxiv.org/abs/2402.02382, and its
    code, which starts SPT-Shallow by 'random' alone.

    Args:
        sampling (str): What the prototypes are: ``'random'`` (tokens),
            ``'mean'`` or ``'max'`` (tokens pooled over windows) or
            ``'kmeans'`` (centres of clusters). Default: 'mean'.
        num_images (int, optional): Images to draw. Default: None, which means
            a tenth of the training set, at least 32 and at most 1,000.
        seed (int, optional): Seed of the draw and of the images'
            augmentation. Default: None, which means that of the training.

    Raises:
        UserError: If ``sampling`` is not known, ``num_images`` is less than 1
            or ``seed`` is negative.
    """

    def __init__(self,
                 sampling: str = 'mean',
                 num_images: Optional[int] = None,
                 seed: Optional[int] = None) -> None:
        if sampling not in PROTOTYPES:
            raise UserError(f"sampling='{sampling}' is not known: choose one "
                            f'of {", ".join(PROTOTYPES)}.')
        limits = dict(seed=(seed, 0), num_images=(num_images, 1))
        given = {k: v for k, v in limits.items() if v[0] is not None}
        check_least('SelfPromptInitHook', **given)
        self.sampling = sampling
        self.num_images = num_images
        self.seed = seed

    def before_train(self, runner: Runner) -> None:
        """Set the prompts, alike in all processes.

        Args:
            runner (Runner): The runner, its model built and loaded.

        Raises:
            UserError: If the model has no prompt tokens, they are projected,
                or the images hold too few tokens.
        """
        prompts = find_prompted(runner, type(self).__name__)
        if prompts.loaded:
            runner.logger.info('Prompts are those of the checkpoint, not '
                               'prototypes of patch tokens.')
            return
        values = [value.clone() for value in prompts.values()]
        # Refuses projected prompts now, not when the images have been seen.
        prompts.assign(values)
        if is_main_process():
            values = self._build(runner, prompts, [len(v) for v in values])
        for value in values:
            broadcast(value)
        prompts.assign(values)
        runner.logger.info(f"Prompts start from '{self.sampling}' prototypes "
                           'of patch tokens.')

    def _build(self, runner: Runner, prompts: PromptTokens,
               lengths: List[int]) -> List[Tensor]:
        """Build the prototypes of each block, ``(P, C)``."""
        available = len(runner.train_dataloader.dataset)
        number = self.num_images or max(32, min(available // 10, 1000))
        seed = runner.seed if self.seed is None else self.seed
        seeds = np.random.SeedSequence(seed).generate_state(len(lengths))
        builders = [
            PROTOTYPES[self.sampling](length, int(of_block))
            for length, of_block in zip(lengths, seeds)
        ]
        with seeded(seed), progress_bar(
                total=min(number, available),
                desc='images for prompts',
                unit='image') as bar:
            for image in training_images(runner, number):
                tokens = prompts.patch_tokens(image)
                for builder, of_block in zip(builders, tokens):
                    builder.add(of_block)
                bar.update()
        return [builder.result() for builder in builders]
