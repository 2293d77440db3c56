"""A long-tailed part of a balanced training set."""
from typing import List, Union

import numpy as np
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS

from protune_mm.errors import UserError
from protune_mm.limits import check_least
from .drawn_dataset import DrawnDataset


def long_tail_counts(num_classes: int, num_largest: float,
                     imbalance_ratio: float) -> List[int]:
    """Numbers of images a class, falling exponentially.

    LDAM-DRW, https://arxiv.org/abs/1906.07413, section "Experimental
    results on CIFAR": class 0 is the largest and class ``num_classes - 1``
    the smallest. Numbers are cut to integers as in the authors' code, not
    rounded.

    Args:
        num_classes (int): Number of classes, at least 2.
        num_largest (float): Images of the largest class.
        imbalance_ratio (float): Size of the largest class over that of the
            smallest, at least 1.

    Returns:
        list[int]: Number of images of each class.

    Raises:
        UserError: If a number is out of range, or the smallest class would
            be empty.
    """
    check_least(
        'long_tail_counts',
        num_classes=(num_classes, 2),
        imbalance_ratio=(imbalance_ratio, 1.))
    # The order of these operations decides what truncation gives.
    factor = 1 / imbalance_ratio
    counts = [
        int(num_largest * factor**(i / (num_classes - 1.)))
        for i in range(num_classes)
    ]
    if counts[-1] == 0:
        raise UserError(
            f'imbalance_ratio={imbalance_ratio} leaves no image to the '
            f'smallest class; give less than {num_largest:g}, the size of '
            'the largest.')
    return counts


@DATASETS.register_module()
class LongTailDataset(DrawnDataset):
    """Draws a long tail from a balanced training set.

    LDAM-DRW, https://arxiv.org/abs/1906.07413, section "Experimental
    results on CIFAR". Each class keeps the number that
    :func:`long_tail_counts` gives, or all it has if that is less. Images are
    those that the authors' code picks with the same seed, and come in its
    order: class by class.

    Args:
        dataset (dict | BaseDataset): The data set or its config; its items
            carry ``gt_label``. A data set given as such is not changed.
        imbalance_ratio (float): Size of the largest class over that of the
            smallest, at least 1. Defaults to 100.
        seed (int): Seed of the draw, not negative. Defaults to 0.
        lazy_init (bool): Whether to draw at first use instead of now.
            Defaults to False.

    Raises:
        UserError: If the data set has a ``split`` that is not for training,
            ``seed`` or ``imbalance_ratio`` is out of range, or a class would
            be empty.
    """

    def __init__(self,
                 dataset: Union[dict, BaseDataset],
                 imbalance_ratio: float = 100,
                 seed: int = 0,
                 lazy_init: bool = False) -> None:
        check_least(type(self).__name__, seed=(seed, 0))
        self.imbalance_ratio = imbalance_ratio
        self.seed = seed
        super().__init__(dataset, lazy_init=lazy_init)

    @property
    def num_per_class(self) -> List[int]:
        """list[int]: Number of images of each class."""
        labels = self.get_gt_labels()
        names = self.metainfo.get('classes') or ()
        return np.bincount(labels, minlength=len(names)).tolist()

    def check(self) -> None:
        """Raise if the data set is not one for training."""
        split = getattr(self.dataset, 'split', None)
        # Some are called 'trainval', and ImageNet's need not have a name.
        if split and 'train' not in split:
            raise UserError(
                f"{type(self).__name__}: split='{split}' has no long "
                "tail; give split='train', and take the balanced data set "
                'for testing.')

    def draw(self, labels: np.ndarray) -> List[int]:
        """Choose images.

        Args:
            labels (np.ndarray): Labels of all images, shape ``(N, )``.

        Returns:
            list[int]: Indices of the chosen ones, class by class.
        """
        classes = np.unique(labels)
        counts = long_tail_counts(
            len(classes),
            len(labels) / len(classes), self.imbalance_ratio)
        # The legacy generator: it alone gives the images of LDAM-DRW.
        rng = np.random.RandomState(self.seed)
        chosen = []
        for label, count in zip(classes, counts):
            indices = np.flatnonzero(labels == label)
            rng.shuffle(indices)
            chosen.extend(indices[:count].tolist())
        return chosen
