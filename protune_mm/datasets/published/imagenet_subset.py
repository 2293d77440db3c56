"""ImageNet-1K's images of some of its classes."""
import os.path as osp
from collections import Counter
from typing import List

from mmpretrain.datasets import ImageNet
from mmpretrain.datasets.custom import get_samples
from mmpretrain.registry import DATASETS

from protune_mm.errors import UserError
from .expected_size import ExpectedSize
from .imagenet_wnids import load_wnids


@DATASETS.register_module()
class ImageNetSubset(ExpectedSize, ImageNet):
    """ImageNet-1K's images of a subset of its classes, labelled anew.

    The layout is that of mmpretrain's ``ImageNet``, with the images of a
    class in a folder named by its WordNet ID: ::

        imagenet
        ├── meta (optional)
        │   └── train.txt
        ├── train
        │   ├── n01440764
        │   │   ├── n01440764_10026.JPEG
        │   │   └── ...
        │   └── ...
        └── val (as train)

    Lines of ``train.txt`` are ``n01440764/n01440764_10026.JPEG 0``; the
    label of a line is not used. The index of an ID among the sorted IDs of
    the subset is its label, as in :class:`ImageNetA` and :class:`ImageNetR`,
    and the ID the class's name.

    Args:
        data_root (str): The folder drawn above.
        subset (str): 'imagenet_a' or 'imagenet_r' (200 classes each), or the
            path of a text file with a WordNet ID a line.
        split (str): 'train' (732 to 1,300 images a class,
            https://arxiv.org/abs/1409.0575, Table 2) or 'val' (50 a class).
            Defaults to 'train'.
        **kwargs: Other arguments of :class:`ExpectedSize` and mmpretrain's
            ``ImageNet``.

    Raises:
        UserError: If the subset or the split is not known, files are
            missing, or a class has too few images.

    Examples:
        >>> from protune_mm.datasets import ImageNetSubset
        >>> ImageNetSubset('data/imagenet', 'imagenet_a', split='val')
        Dataset ImageNetSubset
            Number of samples:    10000
            Number of categories: 200
            Root of dataset:    data/imagenet
    """

    # How many images there are in all depends on the subset.
    SIZES = dict(train=None, val=None)
    SMALLEST_CLASS = dict(train=732, val=50)
    METAINFO = dict()  # not ImageNet's 1,000 classes
    SOURCE = 'unpack ILSVRC 2012 of https://image-net.org'

    def __init__(self,
                 data_root: str,
                 subset: str,
                 split: str = 'train',
                 **kwargs) -> None:
        self.choose_split(split)
        self.wnids = load_wnids(subset)
        kwargs = {'classes': self.wnids, **kwargs}
        super().__init__(data_root=data_root, split=split, **kwargs)

    def load_data_list(self) -> List[dict]:
        """List the images of the subset.

        Returns:
            list[dict]: Items with ``img_path`` and ``gt_label``.
        """
        self.require(self.ann_file or self.img_prefix)
        labels = {wnid: label for label, wnid in enumerate(self.wnids)}
        data_list = []
        for info in super().load_data_list():
            folder = osp.basename(osp.dirname(info['img_path']))
            if folder in labels:
                data_list.append({**info, 'gt_label': labels[folder]})
        self._check_classes(data_list)
        return data_list

    def _find_samples(self) -> List[tuple]:
        """List the folders of the subset only.

        mmpretrain lists all, and refuses more folders than classes.
        """
        folders = {
            wnid: label
            for label, wnid in enumerate(self.wnids)
            if osp.isdir(osp.join(self.img_prefix, wnid))
        }
        return get_samples(self.img_prefix, folders, self.is_valid_file)[0]

    def _check_classes(self, data_list: List[dict]) -> None:
        """Refuse classes without images, or with fewer than published."""
        least = self.SMALLEST_CLASS[self.split] if self.check_size else 1
        counts = Counter(info['gt_label'] for info in data_list)
        small = [
            f'{wnid} with {counts[label]}'
            for label, wnid in enumerate(self.wnids) if counts[label] < least
        ]
        if small:
            raise UserError(
                f'ImageNetSubset: {len(small)} of {len(self.wnids)} classes '
                f'have too few images in "{self.ann_file or self.img_prefix}",'
                f' {small[0]} instead of {least} or more the first; '
                f'{self.remedy}, or give check_size=False to take classes of '
                'at least one image.')
