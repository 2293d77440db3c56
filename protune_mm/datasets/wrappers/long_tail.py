"""Long-tailed selections from balanced classification sets."""
from typing import List

import numpy as np

from protune_mm.errors import UserError
from protune_mm.limits import check_least


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
        imbalance_ratio=(imbalance_ratio, 1))
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


class LongTailMixin:
    """Keeps a long-tailed selection of a balanced training set.

    LDAM-DRW, https://arxiv.org/abs/1906.07413, section "Experimental
    results on CIFAR". It stands before an mmpretrain data set that has a
    ``split``. Each class keeps the number that :func:`long_tail_counts`
    gives, or all it has if that is less. Images are those that the authors'
    code picks with the same seed, and come in its order: class by class.

    Args:
        imbalance_ratio (float): Size of the largest class over that of the
            smallest, at least 1. Defaults to 100.
        seed (int): Seed of the selection, not negative. Defaults to 0.
        **kwargs: Arguments of the data set.

    Raises:
        UserError: If the split is not 'train', ``seed`` or
            ``imbalance_ratio`` is out of range, or a class would be empty.
    """

    def __init__(self,
                 *args,
                 imbalance_ratio: float = 100,
                 seed: int = 0,
                 **kwargs) -> None:
        check_least(type(self).__name__, seed=(seed, 0))
        self.imbalance_ratio = imbalance_ratio
        # Not ``seed``: the data set may have one for its images.
        self.selection_seed = seed
        super().__init__(*args, **kwargs)

    @property
    def num_per_class(self) -> List[int]:
        """list[int]: Number of images of each class."""
        labels = self.get_gt_labels()
        return np.bincount(labels, minlength=len(self.CLASSES)).tolist()

    def load_data_list(self) -> List[dict]:
        """Load the balanced set and select from it.

        Returns:
            list[dict]: Items of the data set, class by class.
        """
        if self.split != 'train':
            raise UserError(
                f"{type(self).__name__}: split='{self.split}' has no long "
                "tail; give split='train', and take the balanced data set "
                'for testing.')
        data_list = super().load_data_list()
        labels = np.array([item['gt_label'] for item in data_list])
        classes = np.unique(labels)
        counts = long_tail_counts(
            len(classes),
            len(data_list) / len(classes), self.imbalance_ratio)
        # The legacy generator: it alone gives the images of LDAM-DRW.
        rng = np.random.RandomState(self.selection_seed)
        selected = []
        for label, count in zip(classes, counts):
            indices = np.flatnonzero(labels == label)
            rng.shuffle(indices)
            selected.extend(data_list[i] for i in indices[:count])
        return selected
