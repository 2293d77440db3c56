"""Long tails of known data sets."""
from typing import List, Optional, Sequence, Type, Union

import numpy as np
from mmengine.dataset import BaseDataset

from .long_tail_dataset import LongTailDataset


class LongTailPreset(LongTailDataset):
    """A long tail of the data set that a subclass names in ``stock``.

    It is configured as that data set is, and has its ``METAINFO`` if the
    subclass says so.

    Args:
        *args: Arguments of the data set.
        imbalance_ratio (float): Size of the largest class over that of the
            smallest, at least 1. Defaults to 100.
        seed (int): Seed of the draw, not negative. Defaults to 0.
        indices (int | Sequence[int], optional): Which of the images drawn
            are kept, or how many from the start or, if negative, from the
            end. Defaults to None, which means all.
        lazy_init (bool): Whether to load and draw at first use instead of
            now. Defaults to False.
        **kwargs: Arguments of the data set.

    Raises:
        UserError: If the split is not for training, ``seed`` or
            ``imbalance_ratio`` is out of range, or a class would be empty.
    """

    stock: Type[BaseDataset]

    def __init__(self,
                 *args,
                 imbalance_ratio: float = 100,
                 seed: int = 0,
                 indices: Optional[Union[int, Sequence[int]]] = None,
                 lazy_init: bool = False,
                 **kwargs) -> None:
        self.indices = indices
        # Loaded no sooner than it is known to be for training.
        dataset = self.stock(*args, lazy_init=True, **kwargs)
        super().__init__(dataset, imbalance_ratio, seed, lazy_init)

    def draw(self, labels: np.ndarray) -> List[int]:
        """Choose images.

        Args:
            labels (np.ndarray): Labels of all images, shape ``(N, )``.

        Returns:
            list[int]: Indices of the chosen ones, class by class.
        """
        chosen = super().draw(labels)
        if self.indices is None:
            return chosen
        if isinstance(self.indices, int):
            return (chosen[:self.indices]
                    if self.indices >= 0 else chosen[self.indices:])
        return [chosen[i] for i in self.indices]
