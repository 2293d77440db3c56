"""Stanford Dogs: 120 breeds."""
from typing import List

from mmengine.fileio import join_path
from mmpretrain.datasets import BaseDataset
from mmpretrain.registry import DATASETS

from .expected_size import ExpectedSize


@DATASETS.register_module()
class StanfordDogs(ExpectedSize, BaseDataset):
    """Stanford Dogs, http://vision.stanford.edu/aditya86/ImageNetDogs/.

    ``images.tar`` and ``lists.tar`` unpacked in one folder: ::

        StanfordDogs
        ├── Images
        │   ├── n02085620-Chihuahua
        │   │   ├── n02085620_10074.jpg
        │   │   └── ...
        │   ├── n02085782-Japanese_spaniel
        │   └── ...
        ├── file_list.mat (not read)
        ├── test_list.mat
        └── train_list.mat

    The classes are named as the folders, without the WordNet ID. All images
    come from ImageNet, and a backbone pre-trained there may know them.

    Args:
        data_root (str): The folder drawn above.
        split (str): 'train' (12,000 images, 100 a class) or 'test' (8,580).
            Defaults to 'train'.
        **kwargs: Other arguments of :class:`ExpectedSize` and mmpretrain's
            ``BaseDataset``.

    Raises:
        UserError: If the split is not known, files are missing, or the
            number of images is wrong.

    Examples:
        >>> from protune_mm.datasets import StanfordDogs
        >>> StanfordDogs(data_root='data/StanfordDogs', split='test')
        Dataset StanfordDogs
            Number of samples:    8580
            Number of categories: 120
            Root of dataset:    data/StanfordDogs
    """

    SIZES = dict(train=12000, test=8580)
    SOURCE = ('unpack images.tar and lists.tar of '
              'http://vision.stanford.edu/aditya86/ImageNetDogs/')

    def __init__(self, data_root: str, split: str = 'train', **kwargs) -> None:
        self.choose_split(split)
        super().__init__(
            data_root=data_root,
            ann_file=f'{split}_list.mat',
            data_prefix='Images',
            test_mode=split == 'test',
            **kwargs)

    def load_data_list(self) -> List[dict]:
        """List the images and name the classes.

        Returns:
            list[dict]: Items with ``img_path`` and ``gt_label``.
        """
        from scipy.io import loadmat
        self.require(self.ann_file)
        content = loadmat(self.ann_file, squeeze_me=True)
        paths = content['file_list'].tolist()
        labels = (content['labels'].astype(int) - 1).tolist()
        folders = {
            label: path.split('/')[0]
            for path, label in zip(paths, labels)
        }
        if self.CLASSES is None:
            self._metainfo['classes'] = tuple(folders[label].partition('-')[2]
                                              for label in sorted(folders))
        return [
            dict(img_path=join_path(self.img_prefix, path), gt_label=label)
            for path, label in zip(paths, labels)
        ]
