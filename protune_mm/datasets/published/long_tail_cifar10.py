"""Long-tailed CIFAR-10."""
from typing import List

from mmengine.fileio import exists, join_path
from mmpretrain.datasets import CIFAR10
from mmpretrain.registry import DATASETS

from protune_mm.datasets.wrappers.long_tail import LongTailMixin
from protune_mm.errors import UserError


@DATASETS.register_module()
class LongTailCIFAR10(LongTailMixin, CIFAR10):
    """CIFAR-10 with classes of 5,000 down to 50 training images.

    LDAM-DRW, https://arxiv.org/abs/1906.07413, section "Experimental
    results on CIFAR"; Table 1 of the Pro-tuning paper,
    https://arxiv.org/abs/2207.14381. It has 12,406 images for
    ``imbalance_ratio=100`` and 13,996 for 50: those that the code of LDAM-DRW
    picks. Test on the balanced ``CIFAR10`` with ``split='test'``. The
    folder: ::

        data_root
        └── cifar-10-batches-py
            ├── batches.meta
            ├── data_batch_1
            ├── data_batch_2
            ├── data_batch_3
            ├── data_batch_4
            ├── data_batch_5
            └── test_batch

    An item's ``img`` is RGB of shape ``(32, 32, 3)``, uint8.

    Args:
        imbalance_ratio (float): Size of the largest class over that of the
            smallest, at least 1. Defaults to 100.
        seed (int): Seed of the selection, not negative. Defaults to 0.
        **kwargs: Arguments of mmpretrain's ``CIFAR10``, such as
            ``data_root``, ``download`` (True by default) and ``pipeline``.

    Raises:
        UserError: If the split is not 'train', a number is out of range, or
            files are missing or damaged and ``download`` is False.
    """

    def load_data_list(self) -> List[dict]:
        """Load the set, if it is complete or may be downloaded.

        Returns:
            list[dict]: Items with ``img`` and ``gt_label``.
        """
        if not self.download and not self._check_integrity():
            folder = join_path(self.data_prefix['root'], self.base_folder)
            missing = [
                name for name, _ in self.train_list + self.test_list
                if not exists(join_path(folder, name))
            ]
            fault = f'lacks {", ".join(missing)}' if missing else \
                'holds a file with another MD5 sum than the official one'
            raise UserError(
                f'{type(self).__name__}: "{folder}" {fault}; unpack '
                f'{self.filename} in its parent folder, or set '
                'download=True.')
        return super().load_data_list()
