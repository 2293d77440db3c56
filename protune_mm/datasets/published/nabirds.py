"""NABirds: 555 kinds of North American birds."""
from typing import Dict, Iterable, List

from mmengine.fileio import join_path, list_from_file
from mmpretrain.datasets import BaseDataset
from mmpretrain.registry import DATASETS

from protune_mm.errors import UserError
from .expected_size import ExpectedSize


@DATASETS.register_module()
class NABirds(ExpectedSize, BaseDataset):
    """NABirds, https://dl.allaboutbirds.org/nabirds.

    ``nabirds.tar.gz`` unpacked: ::

        nabirds
        ├── classes.txt
        ├── image_class_labels.txt
        ├── images
        │   ├── 0295
        │   └── ...
        ├── images.txt
        ├── train_test_split.txt
        └── ...

    A line of ``images.txt`` is the UUID of an image and its path below
    ``images``; the other two lists give the UUID's class and whether it is
    for training. ``classes.txt`` names a tree of classes, of which only
    leaves have images: the index of a class among the sorted ones in use is
    its label.

    Source: Van Horn et al., "Building a bird recognition app and large scale
    dataset with citizen scientists", CVPR 2015.

    Args:
        data_root (str): The folder drawn above.
        split (str): 'train' (23,929 images) or 'test' (24,633). Defaults to
            'train'.
        **kwargs: Other arguments of :class:`ExpectedSize` and mmpretrain's
            ``BaseDataset``.

    Raises:
        UserError: If the split is not known, files or lines are missing, or
            the number of images is wrong.

    Examples:
        >>> from protune_mm.datasets import NABirds
        >>> NABirds(data_root='data/nabirds', split='train')
        Dataset NABirds
            Number of samples:    23929
            Number of categories: 555
            Root of dataset:    data/nabirds
    """

    SIZES = dict(train=23929, test=24633)
    SOURCE = 'unpack nabirds.tar.gz of https://dl.allaboutbirds.org/nabirds'

    def __init__(self, data_root: str, split: str = 'train', **kwargs) -> None:
        self.choose_split(split)
        super().__init__(
            data_root=data_root,
            ann_file='images.txt',
            data_prefix='images',
            test_mode=split == 'test',
            **kwargs)

    def load_data_list(self) -> List[dict]:
        """List the images and name the classes.

        Returns:
            list[dict]: Items with ``img_path`` and ``gt_label``.
        """
        paths = self._read('images.txt')
        classes = self._read('image_class_labels.txt', paths)
        is_train = self._read('train_test_split.txt', paths)
        # Of both splits: a class has one label in both.
        used = sorted(set(classes.values()), key=int)
        names = self._read('classes.txt', used)
        if self.CLASSES is None:
            self._metainfo['classes'] = tuple(names[key] for key in used)
        labels = {key: label for label, key in enumerate(used)}
        wanted = str(int(self.split == 'train'))
        return [
            dict(
                img_path=join_path(self.img_prefix, path),
                gt_label=labels[classes[key]]) for key, path in paths.items()
            if is_train[key] == wanted
        ]

    def _read(self, name: str, keys: Iterable[str] = ()) -> Dict[str, str]:
        """Read a file with a key and a value a line, some keys required."""
        path = join_path(self.data_root, name)
        self.require(path)
        parts = [line.strip().partition(' ') for line in list_from_file(path)]
        values = {key: value for key, _, value in parts if value}
        missing = sorted(set(keys) - values.keys())
        if missing:
            raise UserError(f'NABirds: "{path}" lacks {len(missing)} lines, '
                            f'that of {missing[0]} the first; {self.remedy}.')
        return values
