"""Long-tailed CIFAR-10."""
from mmengine.fileio import exists, join_path
from mmpretrain.datasets import CIFAR10
from mmpretrain.registry import DATASETS

from protune_mm.datasets.wrappers.long_tail_preset import LongTailPreset
from protune_mm.errors import UserError


@DATASETS.register_module()
class LongTailCIFAR10(LongTailPreset):
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

    stock = CIFAR10
    METAINFO = CIFAR10.METAINFO

    def check(self) -> None:
        """Raise if files are lacking that are not to be downloaded."""
        cifar = self.dataset
        if not cifar.download and not cifar._check_integrity():
            folder = join_path(cifar.data_prefix['root'], cifar.base_folder)
            missing = [
                name for name, _ in cifar.train_list + cifar.test_list
                if not exists(join_path(folder, name))
            ]
            fault = f'lacks {", ".join(missing)}' if missing else \
                'holds a file with another MD5 sum than the official one'
            raise UserError(
                f'{type(self).__name__}: "{folder}" {fault}; unpack '
                f'{cifar.filename} in its parent folder, or set '
                'download=True.')
        super().check()
