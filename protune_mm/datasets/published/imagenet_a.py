"""ImageNet-A: natural images that fooled a ResNet-50."""
from mmpretrain.registry import DATASETS

from .imagenet_wnids import load_wnids
from .wnid_folders import WnidFolders


@DATASETS.register_module()
class ImageNetA(WnidFolders):
    """ImageNet-A, https://arxiv.org/abs/1907.07174: a test set of 200 classes.

    https://people.eecs.berkeley.edu/~hendrycks/imagenet-a.tar unpacks to: ::

        imagenet-a
        ├── n01498041
        │   ├── x.jpg
        │   └── ...
        ├── ...
        └── README.txt

    The index of a folder among the sorted 200 is its label, and its WordNet
    ID the class's name. Train on
    ``ImageNetSubset(subset='imagenet_a')``, whose labels are the same.

    Args:
        data_root (str): The folder drawn above, of 7,500 images.
        **kwargs: Other arguments of :class:`ExpectedSize` and mmpretrain's
            ``CustomDataset``.

    Raises:
        UserError: If the folders are not the 200, or the number of images is
            wrong.

    Examples:
        >>> from protune_mm.datasets import ImageNetA
        >>> ImageNetA(data_root='data/imagenet-a')
        Dataset ImageNetA
            Number of samples:    7500
            Number of categories: 200
            Root of dataset:    data/imagenet-a
    """

    METAINFO = dict(classes=load_wnids('imagenet_a'))
    SIZES = dict(test=7500)
    SOURCE = ('unpack '
              'https://people.eecs.berkeley.edu/~hendrycks/imagenet-a.tar')
