"""Corrupted handwritten digits."""
from typing import List

import numpy as np
from mmengine import dist
from mmpretrain.registry import DATASETS

from protune_mm.datasets.published.corruptions import CorruptedDataset
from .corrupt_images import RECIPES, make_corrupted
from .digit_crops import DigitCrops
from .digit_rendering import DIGIT_CLASSES


@DATASETS.register_module()
class DigitsC(CorruptedDataset):
    """The test images of ``DigitCrops`` under ten corruptions.

    A small stand-in for CIFAR-10-C that needs no download: 450 BGR images of
    64 px, ten corruptions of five severities, 22,500 images in all. The files
    (280 MB) are written on first use, see
    :func:`~.corrupt_images.make_corrupted`; in a distributed run by the first
    process alone.

    Args:
        data_root (str): Folder of the files. It must not exist, or hold this
            very set. Defaults to 'data/digits_c'.
        **kwargs: Other arguments of :class:`~.corruptions.CorruptedDataset`,
            such as ``corruption`` and ``severity``.

    Raises:
        UserError: If ``data_root`` holds something else.
    """

    METAINFO = dict(classes=DIGIT_CLASSES)
    makes_files = True  # no check before training has to find them
    CORRUPTIONS = tuple(RECIPES)
    IMAGES_PER_SEVERITY = 450
    SOURCE = 'delete "{root}" to have it made again'

    def __init__(self, data_root: str = 'data/digits_c', **kwargs) -> None:
        super().__init__(data_root, **kwargs)

    def load_data_list(self) -> List[dict]:
        """Make the files if they are missing, and list the images.

        Returns:
            list[dict]: Items as those of
            :class:`~.corruptions.CorruptedDataset`.
        """
        if dist.is_main_process():
            clean = DigitCrops(split='test')
            digits = [clean[i] for i in range(len(clean))]
            make_corrupted(
                np.stack([digit['img'] for digit in digits]),
                [digit['gt_label'] for digit in digits], self.data_root)
        dist.barrier()
        return super().load_data_list()
