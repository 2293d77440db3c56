"""What data sets that draw from another one have in common."""
from typing import List, Sequence, Union

import numpy as np
from mmengine.dataset import BaseDataset, RepeatDataset, force_full_init


class DrawnDataset(RepeatDataset):
    """A part of a data set that is drawn by the labels of its images.

    Args:
        dataset (dict | BaseDataset): The data set or its config; its items
            carry ``gt_label``. A data set given as such is not changed.
        lazy_init (bool): Whether to draw at first use instead of now.
            Default: False.
    """

    def __init__(self,
                 dataset: Union[dict, BaseDataset],
                 lazy_init: bool = False) -> None:
        super().__init__(dataset, times=1, lazy_init=lazy_init)

    def draw(self, labels: np.ndarray) -> List[int]:
        """Choose images.

        Args:
            labels (np.ndarray): Labels of all images, shape ``(N, )``.

        Returns:
            list[int]: Indices of the chosen ones.
        """
        raise NotImplementedError

    def full_init(self) -> None:
        """Load the data set and draw from it, once."""
        if self._fully_initialized:
            return
        self.dataset.full_init()
        # mmengine's data sets have no ``get_gt_labels``.
        labels = np.array([
            self.dataset.get_data_info(i)['gt_label']
            for i in range(len(self.dataset))
        ])
        self.dataset = self.dataset.get_subset(self.draw(labels))
        super().full_init()

    def get_subset(self, indices: Union[Sequence[int], int]) -> BaseDataset:
        """Take images of what was drawn, so that draws can be nested.

        Args:
            indices (Sequence[int] | int): Which, or how many from the start
                or, if negative, from the end.

        Returns:
            BaseDataset: A data set of them.
        """
        return self.dataset.get_subset(indices)

    @force_full_init
    def get_gt_labels(self) -> np.ndarray:
        """Get the labels, if the data set has this method.

        Returns:
            np.ndarray: Labels of shape ``(N, )``.
        """
        return self.dataset.get_gt_labels()
