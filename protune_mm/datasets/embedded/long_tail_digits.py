"""Long-tailed handwritten digits on photographs."""
from mmpretrain.registry import DATASETS

from protune_mm.datasets.wrappers.long_tail_preset import LongTailPreset
from .digit_crops import DigitCrops


@DATASETS.register_module()
class LongTailDigits(LongTailPreset):
    """:class:`DigitCrops` with classes of 133 down to 1 training images.

    The long tail of LDAM-DRW, https://arxiv.org/abs/1906.07413, section
    "Experimental results on CIFAR", on data that need no download: 329
    images for ``imbalance_ratio=100`` and 371 for 50. Test on the balanced
    ``DigitCrops`` with ``split='test'``.

    Args:
        imbalance_ratio (float): Size of the largest class over that of the
            smallest, at least 1 and less than 134.7. Defaults to 100.
        seed (int): Seed of the selection, not negative; the images are
            those of ``DigitCrops`` with seed 0. Defaults to 0.
        **kwargs: Arguments of :class:`DigitCrops`, such as ``size`` and
            ``pipeline``.

    Raises:
        UserError: If the split is not 'train', or a number is out of range.
    """

    stock = DigitCrops
    METAINFO = DigitCrops.METAINFO
