"""Data sets of the papers that mmpretrain lacks, one a file."""
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from io import StringIO

__all__ = []

if find_spec('mmpretrain'):
    # OneDL's prints a greeting, which would be the first line of any output.
    with redirect_stdout(StringIO()):
        import_module('mmpretrain.datasets')
    from .cifar10_c import CIFAR10C
    from .cifar100_c import CIFAR100C
    from .clothing1m import Clothing1M
    from .imagenet_a import ImageNetA
    from .imagenet_r import ImageNetR
    from .imagenet_subset import ImageNetSubset
    from .long_tail_cifar10 import LongTailCIFAR10
    from .long_tail_cifar100 import LongTailCIFAR100
    from .nabirds import NABirds
    from .stanford_dogs import StanfordDogs
    from .vtab1k import TASKS, VTAB1k
    __all__ += [
        'CIFAR10C', 'CIFAR100C', 'Clothing1M', 'ImageNetA', 'ImageNetR',
        'ImageNetSubset', 'LongTailCIFAR10', 'LongTailCIFAR100', 'NABirds',
        'StanfordDogs', 'TASKS', 'VTAB1k'
    ]
