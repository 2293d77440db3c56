"""Handwritten digits on photographs, for classification."""
from typing import List

import numpy as np
from mmpretrain.datasets import BaseDataset
from mmpretrain.registry import DATASETS

from protune_mm.errors import UserError
from protune_mm.limits import check_least
from .digit_rendering import DIGIT_CLASSES, digit_shape, split_digits
from .photographs import paste_shape, pose_shape, random_background

_SPLITS = dict(train='train', test='val')


@DATASETS.register_module()
class DigitCrops(BaseDataset):
    """Classification of real handwritten digits on photographs.

    Each of the 1,797 digits that scikit-learn ships, in random size, place,
    colour and tilt, lies on a random crop of a photograph: 1,347 images for
    training and 450 for testing, ten classes of nearly the same size. They
    are rendered once, on loading.

    No digit is in both splits, whatever the seeds. An image depends on
    ``seed`` and its digit alone.

    Args:
        split (str): 'train' or 'test'. Defaults to 'train'.
        size (int): Side of an image in pixels, at least 16. Defaults to 64.
        seed (int): Seed of the rendering, not negative. Defaults to 0.
        **kwargs: Other arguments of mmpretrain's ``BaseDataset``, such as
            ``pipeline`` and ``test_mode``.

    Raises:
        UserError: If ``split`` is not known, or ``size`` or ``seed`` is out
            of range.
    """

    METAINFO = dict(classes=DIGIT_CLASSES)

    def __init__(self,
                 split: str = 'train',
                 size: int = 64,
                 seed: int = 0,
                 **kwargs) -> None:
        name = type(self).__name__
        if split not in _SPLITS:
            raise UserError(f"{name}: split='{split}' is not known; give one "
                            f'of {", ".join(_SPLITS)}.')
        check_least(name, size=(size, 16), seed=(seed, 0))
        self.split = split
        self.size = size
        self.seed = seed
        super().__init__(ann_file='', **kwargs)

    def load_data_list(self) -> List[dict]:
        """Render the images.

        Returns:
            list[dict]: Items with ``img``, BGR of shape ``(size, size, 3)``,
            uint8; ``gt_label``; and ``digit_index``, the index into
            ``sklearn.datasets.load_digits``.
        """
        from sklearn.datasets import load_digits
        digits = load_digits()
        # Not ``self.seed``: training and test set may differ in theirs.
        indices = split_digits(0)[_SPLITS[self.split]].tolist()
        return [
            dict(
                img=self._render(i, digits.images[i]),
                gt_label=int(digits.target[i]),
                digit_index=i) for i in indices
        ]

    def _render(self, index: int, digit: np.ndarray) -> np.ndarray:
        # A fourth number: letters and scenes draw from two and from three.
        rng = np.random.default_rng((self.seed, index, 0, 1))
        image = random_background(rng, self.size)
        shape = digit_shape(digit)
        paste_shape(rng, image, *pose_shape(rng, shape, self.size))
        return np.ascontiguousarray(image[..., ::-1])
