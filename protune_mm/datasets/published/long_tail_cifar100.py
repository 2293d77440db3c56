"""Long-tailed CIFAR-100."""
from mmpretrain.datasets import CIFAR100
from mmpretrain.registry import DATASETS

from .long_tail_cifar10 import LongTailCIFAR10


@DATASETS.register_module()
class LongTailCIFAR100(LongTailCIFAR10):
    """CIFAR-100 with classes of 500 down to 5 training images.

    LDAM-DRW, https://arxiv.org/abs/1906.07413, section "Experimental
    results on CIFAR"; Table 1 of the Pro-tuning paper,
    https://arxiv.org/abs/2207.14381. It has 10,847 images for
    ``imbalance_ratio=100`` and 12,608 for 50: those that the code of LDAM-DRW
    picks. Test on the balanced ``CIFAR100`` with ``split='test'``. The
    folder: ::

        data_root
        └── cifar-100-python
            ├── meta
            ├── test
            └── train

    An item's ``img`` is RGB of shape ``(32, 32, 3)``, uint8.

    Args:
        imbalance_ratio (float): Size of the largest class over that of the
            smallest, at least 1. Defaults to 100.
        seed (int): Seed of the selection, not negative. Defaults to 0.
        **kwargs: Arguments of mmpretrain's ``CIFAR100``, such as
            ``data_root``, ``download`` (True by default) and ``pipeline``.

    Raises:
        UserError: If the split is not 'train', a number is out of range, or
            files are missing or damaged and ``download`` is False.
    """

    stock = CIFAR100
    METAINFO = CIFAR100.METAINFO
