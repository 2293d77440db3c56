"""A few images of every class."""
from typing import List, Union

import numpy as np
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS

from protune_mm.errors import UserError
from protune_mm.limits import check_least
from .drawn_dataset import DrawnDataset


@DATASETS.register_module()
class FewShotDataset(DrawnDataset):
    """Draws the same number of images of every class from a data set.

    The few-shot protocol of CoOp, https://arxiv.org/abs/2109.01134, that
    the Pro-tuning paper follows (https://arxiv.org/abs/2207.14381, section
    4.4, "Analysis of few-shot learning"): 1, 2, 4, 8 or 16 images a class
    for training, the full test set for testing. CoOp reports the mean over
    three seeds. The images drawn are not those of CoOp's code.

    Classes are drawn in ascending order and without replacement. With one
    seed, the images of fewer shots are among those of more.

    Args:
        dataset (dict | BaseDataset): The data set or its config; its items
            carry ``gt_label``. A data set given as such is not changed.
        num_shots (int): Images a class, at least 1.
        seed (int): Seed of the draw, not negative. Defaults to 0.
        lazy_init (bool): Whether to draw at first use instead of now.
            Defaults to False.

    Raises:
        UserError: If ``num_shots`` or ``seed`` is out of range, or a class
            has fewer images than ``num_shots``.
    """

    def __init__(self,
                 dataset: Union[dict, BaseDataset],
                 num_shots: int,
                 seed: int = 0,
                 lazy_init: bool = False) -> None:
        check_least('FewShotDataset', num_shots=(num_shots, 1), seed=(seed, 0))
        self.num_shots = num_shots
        self.seed = seed
        super().__init__(dataset, lazy_init=lazy_init)

    def draw(self, labels: np.ndarray) -> List[int]:
        """Choose images.

        Args:
            labels (np.ndarray): Labels of all images, shape ``(N, )``.

        Returns:
            list[int]: Indices of the chosen ones.
        """
        names = self.metainfo.get('classes') or range(labels.max() + 1)
        counts = np.bincount(labels, minlength=len(names))
        rarest = counts.argmin()
        if counts[rarest] < self.num_shots:
            raise UserError(
                f"FewShotDataset: class '{names[rarest]}' has "
                f'{counts[rarest]} images, fewer than '
                f'num_shots={self.num_shots}; lower it or add images.')
        rng = np.random.RandomState(self.seed)
        return np.concatenate([
            rng.choice(
                np.flatnonzero(labels == label), self.num_shots, replace=False)
            for label in range(len(names))
        ]).tolist()
