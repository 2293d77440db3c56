"""What data sets that draw from another one have in common."""
import copy
from typing import Any, List, Sequence, Union

import numpy as np
from mmengine.dataset import BaseDataset, Compose, force_full_init
from mmengine.registry import DATASETS


def read_labels(dataset: BaseDataset) -> np.ndarray:
    """Read the label of each image.

    Args:
        dataset (BaseDataset): Its items carry ``gt_label``.

    Returns:
        np.ndarray: Labels of shape ``(N, )``.
    """
    # mmengine's data sets have no ``get_gt_labels``.
    return np.array(
        [dataset.get_data_info(i)['gt_label'] for i in range(len(dataset))])


class DrawnDataset(BaseDataset):
    """A part of a data set that is drawn by the labels of its images.

    Unlike mmengine's wrappers it is a ``BaseDataset``, since it is clear what
    a subset of it is, and has all public attributes of its data set.

    Args:
        dataset (dict | BaseDataset): The data set or its config; its items
            carry ``gt_label``. A data set given as such is not changed.
        lazy_init (bool): Whether to draw at first use instead of now.
            Default: False.
    """

    def __init__(self,
                 dataset: Union[dict, BaseDataset],
                 lazy_init: bool = False) -> None:
        # Nothing of the parent's, whose attributes are those of the data set.
        if isinstance(dataset, dict):
            dataset = DATASETS.build(dataset)
        self.dataset = dataset
        if not lazy_init:
            self.full_init()

    def __getattr__(self, name: str) -> Any:
        """Find what else the data set has, such as ``CLASSES``."""
        # Also those that copies look for before there is a data set.
        if name.startswith('_'):
            raise AttributeError(f"'{type(self).__name__}' object has no "
                                 f"attribute '{name}'")
        return getattr(self.dataset, name)

    def __repr__(self) -> str:
        return f'{type(self).__name__} of {self.dataset!r}'

    @property
    def metainfo(self) -> dict:
        """dict: Meta information, such as the classes."""
        return self.dataset.metainfo

    @property
    def pipeline(self) -> Compose:
        """Compose: Steps of the data set, which hooks may exchange."""
        return self.dataset.pipeline

    @pipeline.setter
    def pipeline(self, pipeline: Compose) -> None:
        self.dataset.pipeline = pipeline

    def check(self) -> None:
        """Raise if there is nothing to draw from; nothing is loaded yet."""

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
        self.check()
        self.dataset.full_init()
        chosen = self.draw(read_labels(self.dataset))
        self.dataset = self.dataset.get_subset(chosen)
        self._fully_initialized = True

    @force_full_init
    def __len__(self) -> int:
        return len(self.dataset)

    @force_full_init
    def __getitem__(self, idx: int) -> Any:
        return self.dataset[idx]

    @force_full_init
    def get_data_info(self, idx: int) -> dict:
        """Get what is known of an image.

        Args:
            idx (int): Which of the chosen ones.

        Returns:
            dict: The item of the data set, before its pipeline.
        """
        return self.dataset.get_data_info(idx)

    @force_full_init
    def get_cat_ids(self, idx: int) -> List[int]:
        """Get the classes of an image, if the data set has this method.

        Args:
            idx (int): Which of the chosen ones.

        Returns:
            list[int]: Its labels.
        """
        return self.dataset.get_cat_ids(idx)

    @force_full_init
    def get_gt_labels(self) -> np.ndarray:
        """Get the labels.

        Returns:
            np.ndarray: Labels of shape ``(N, )``.
        """
        return read_labels(self.dataset)

    @force_full_init
    def get_subset(self, indices: Union[Sequence[int], int]) -> 'DrawnDataset':
        """Take images of what was drawn, so that draws can be nested.

        Args:
            indices (Sequence[int] | int): Which, or how many from the start
                or, if negative, from the end.

        Returns:
            DrawnDataset: One of the same class, of these images alone.
        """
        subset = copy.copy(self)
        subset.dataset = self.dataset.get_subset(indices)
        return subset

    @force_full_init
    def get_subset_(self, indices: Union[Sequence[int], int]) -> None:
        """Keep images of what was drawn.

        Args:
            indices (Sequence[int] | int): As of :meth:`get_subset`.
        """
        self.dataset = self.dataset.get_subset(indices)
