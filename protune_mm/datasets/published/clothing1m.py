"""Clothing1M: 14 kinds of clothes, with clean and with noisy labels."""
from typing import List

from mmengine.fileio import join_path, list_from_file
from mmpretrain.datasets import BaseDataset
from mmpretrain.registry import DATASETS

from protune_mm.errors import UserError
from .expected_size import ExpectedSize

KEY_LISTS = dict(
    clean_train='clean_train_key_list.txt',
    noisy_train='noisy_train_key_list.txt',
    val='clean_val_key_list.txt',
    test='clean_test_key_list.txt')


@DATASETS.register_module()
class Clothing1M(ExpectedSize, BaseDataset):
    """Clothing1M, https://github.com/Cysu/noisy_label.

    The authors give a link on request. Their files, the archives of images
    unpacked: ::

        Clothing1M
        ├── category_names_eng.txt
        ├── clean_label_kv.txt
        ├── clean_test_key_list.txt
        ├── clean_train_key_list.txt
        ├── clean_val_key_list.txt
        ├── images
        │   ├── 0
        │   ├── ...
        │   └── 9
        ├── noisy_label_kv.txt
        ├── noisy_train_key_list.txt
        └── ...

    A line of a key list is the path of an image, such as
    ``images/0/00/x.jpg``. A line of ``*_label_kv.txt`` is a path and its
    label, 0 to 13. Noisy labels are read for 'noisy_train' only.

    Args:
        data_root (str): The folder drawn above.
        split (str): 'clean_train' (47,570 images), 'noisy_train' (about
            1,000,000), 'val' (14,313) or 'test' (10,526). Defaults to
            'clean_train'.
        **kwargs: Other arguments of :class:`ExpectedSize` and mmpretrain's
            ``BaseDataset``.

    Raises:
        UserError: If the split is not known, files or labels are missing, or
            the number of images is wrong.

    Examples:
        >>> from protune_mm.datasets import Clothing1M
        >>> Clothing1M(data_root='data/Clothing1M', split='clean_train')
        Dataset Clothing1M
            Number of samples:    47570
            Number of categories: 14
            Root of dataset:    data/Clothing1M
    """

    SIZES = dict(clean_train=47570, noisy_train=None, val=14313, test=10526)
    SOURCE = ('request the data as https://github.com/Cysu/noisy_label tells '
              'and unpack them')

    def __init__(self,
                 data_root: str,
                 split: str = 'clean_train',
                 **kwargs) -> None:
        self.choose_split(split)
        super().__init__(
            data_root=data_root,
            ann_file=KEY_LISTS[split],
            test_mode=split in ('val', 'test'),
            **kwargs)

    def load_data_list(self) -> List[dict]:
        """List the images and name the classes.

        Returns:
            list[dict]: Items with ``img_path`` and ``gt_label``.
        """
        kind = 'noisy' if self.split == 'noisy_train' else 'clean'
        label_file = join_path(self.data_root, f'{kind}_label_kv.txt')
        name_file = join_path(self.data_root, 'category_names_eng.txt')
        for path in (self.ann_file, label_file, name_file):
            self.require(path)
        if self.CLASSES is None:
            self._metainfo['classes'] = tuple(list_from_file(name_file))
        labels = dict(line.split() for line in list_from_file(label_file))
        keys = list_from_file(self.ann_file)
        unlabelled = [key for key in keys if key not in labels]
        if unlabelled:
            raise UserError(f'Clothing1M: "{label_file}" has no label of '
                            f'{len(unlabelled)} images of "{self.ann_file}", '
                            f'{unlabelled[0]} the first; {self.remedy}.')
        return [
            dict(
                img_path=join_path(self.data_root, key),
                gt_label=int(labels[key])) for key in keys
        ]
