"""A training set in two parts: to train on and to choose by."""
from typing import List, Union

import numpy as np
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS

from protune_mm.errors import UserError
from protune_mm.limits import check_least
from .drawn_dataset import DrawnDataset

PARTS = ('train', 'val')


@DATASETS.register_module()
class HoldoutDataset(DrawnDataset):
    """Holds a share of every class out of a training set.

    Hyper-parameters are chosen on part 'val' of models trained on part
    'train', so that the test set has no say in them. VPT,
    https://arxiv.org/abs/2203.12119, section 4.1, does so with 90% and 10%
    of the fine-grained sets. The images held out are not those of its lists.

    The parts have no image in common and are the whole data set together. Of
    ``n`` images of a class, ``round(fraction * n)`` are held out, drawn at
    random, and one at least is left for training. The images of a part stay
    in the order of the data set. Give the data set of part 'val' the pipeline
    for testing.

    Args:
        dataset (dict | BaseDataset): The data set or its config; its items
            carry ``gt_label``. A data set given as such is not changed.
        part (str): 'train' or 'val'. Defaults to 'train'.
        fraction (float): Share held out of each class, more than 0 and less
            than 1. Defaults to 0.1.
        seed (int): Seed of the draw, not negative. Defaults to 0.
        lazy_init (bool): Whether to draw at first use instead of now.
            Defaults to False.

    Raises:
        UserError: If ``part`` is not known, ``fraction`` or ``seed`` is out
            of range, or no image is held out.
    """

    def __init__(self,
                 dataset: Union[dict, BaseDataset],
                 part: str = 'train',
                 fraction: float = 0.1,
                 seed: int = 0,
                 lazy_init: bool = False) -> None:
        if part not in PARTS:
            raise UserError(f"HoldoutDataset: part='{part}' is not known; "
                            f'give one of {", ".join(PARTS)}.')
        if not 0 < fraction < 1:
            raise UserError(f'HoldoutDataset: fraction={fraction} is out of '
                            'range; give more than 0 and less than 1.')
        check_least('HoldoutDataset', seed=(seed, 0))
        self.part = part
        self.fraction = fraction
        self.seed = seed
        super().__init__(dataset, lazy_init=lazy_init)

    def draw(self, labels: np.ndarray) -> List[int]:
        """Choose images.

        Args:
            labels (np.ndarray): Labels of all images, shape ``(N, )``.

        Returns:
            list[int]: Indices of the chosen ones.
        """
        # Not scikit-learn's splits: they refuse classes of one image.
        rng = np.random.RandomState(self.seed)
        is_val = np.zeros(len(labels), bool)
        for label in np.unique(labels):
            images = rng.permutation(np.flatnonzero(labels == label))
            number = round(self.fraction * len(images))
            # The first is left for training whatever the fraction.
            is_val[images[1:][:number]] = True
        if not is_val.any():
            raise UserError(f'HoldoutDataset: fraction={self.fraction} holds '
                            'no image out, since the classes are too small; '
                            'raise it.')
        return np.flatnonzero(is_val == (self.part == 'val')).tolist()
