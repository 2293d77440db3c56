"""CIFAR-10-C."""
from mmpretrain.datasets.categories import CIFAR10_CATEGORIES
from mmpretrain.registry import DATASETS

from .corruptions import CorruptedDataset


@DATASETS.register_module()
class CIFAR10C(CorruptedDataset):
    """CIFAR-10-C: the test images of CIFAR-10 under 19 corruptions.

    19 corruptions of 5 severities with 10,000 RGB images each, 950,000 in
    all; the 15 standard ones alone are 750,000. A severity shows the test
    images of CIFAR-10 in their own order. Train on the clean training images
    of CIFAR-10.

    ``CIFAR-10-C.tar`` of https://zenodo.org/record/2535967 unpacks to
    (2.9 GB): ::

        CIFAR-10-C
        ├── brightness.npy
        ├── ... (19 files: datasets/corruption_names.py has them)
        ├── zoom_blur.npy
        └── labels.npy

    Source: https://arxiv.org/abs/1903.12261; Pro-tuning, tables 1 and 4.

    Args:
        data_root (str): The folder drawn above.
        **kwargs: Other arguments of :class:`CorruptedDataset`, such as
            ``corruption`` and ``severity``.

    Raises:
        UserError: If files are missing or not those of CIFAR-10-C.

    Examples:
        >>> from protune_mm.datasets import CIFAR10C
        >>> CIFAR10C('data/CIFAR-10-C', ['fog', 'snow'], severity=3)
        Dataset CIFAR10C
            Number of samples:    20000
            Number of categories: 10
            Root of dataset:    data/CIFAR-10-C
            Corruptions:    fog, snow
            Severities:     3
    """

    METAINFO = dict(classes=CIFAR10_CATEGORIES)
    IMAGES_PER_SEVERITY = 10000
    SOURCE = ('download CIFAR-10-C.tar from https://zenodo.org/record/2535967 '
              'and unpack it so that its files lie in "{root}"')
