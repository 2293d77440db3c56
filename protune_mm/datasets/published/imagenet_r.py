"""ImageNet-R: renditions, such as paintings and toys."""
from mmpretrain.registry import DATASETS

from .imagenet_wnids import load_wnids
from .wnid_folders import WnidFolders


@DATASETS.register_module()
class ImageNetR(WnidFolders):
    """ImageNet-R, https://arxiv.org/abs/2006.16241: a test set of 200 classes.

    https://people.eecs.berkeley.edu/~hendrycks/imagenet-r.tar unpacks to: ::

        imagenet-r
        ├── n01443537
        │   ├── x.jpg
        │   └── ...
        ├── ...
        └── README.txt

    The index of a folder among the sorted 200 is its label, and its WordNet
    ID the class's name. Train on
    ``ImageNetSubset(subset='imagenet_r')``, whose labels are the same.

    Args:
        data_root (str): The folder drawn above, of 30,000 images.
        **kwargs: Other arguments of :class:`ExpectedSize` and mmpretrain's
            ``CustomDataset``.

    Raises:
        UserError: If the folders are not the 200, or the number of images is
            wrong.

    Examples:
        >>> from protune_mm.datasets import ImageNetR
        >>> ImageNetR(data_root='data/imagenet-r')
        Dataset ImageNetR
            Number of samples:    30000
            Number of categories: 200
            Root of dataset:    data/imagenet-r
    """

    METAINFO = dict(classes=load_wnids('imagenet_r'))
    SIZES = dict(test=30000)
    SOURCE = ('unpack '
              'https://people.eecs.berkeley.edu/~hendrycks/imagenet-r.tar')
