"""Data sets: those of the paper that mmpretrain lacks, and small ones."""
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from io import StringIO

from .digit_rendering import DIGIT_CLASSES, STUFF_CLASSES
from .digit_scenes import make_digit_scenes
from .few_shot_dataset import FewShotDataset
from .holdout_dataset import HoldoutDataset
from .letter_crops import LetterCrops

__all__ = [
    'make_digit_scenes', 'DIGIT_CLASSES', 'STUFF_CLASSES', 'FewShotDataset',
    'HoldoutDataset', 'LetterCrops'
]

if find_spec('mmpretrain'):
    # OneDL's prints a greeting, which would be the first line of any output.
    with redirect_stdout(StringIO()):
        import_module('mmpretrain.datasets')
    from .cifar10_c import CIFAR10C
    from .cifar100_c import CIFAR100C
    from .clothing1m import Clothing1M
    from .digit_crops import DigitCrops
    from .digits_c import DigitsC
    from .imagenet_a import ImageNetA
    from .imagenet_r import ImageNetR
    from .imagenet_subset import ImageNetSubset
    from .long_tail_cifar10 import LongTailCIFAR10
    from .long_tail_cifar100 import LongTailCIFAR100
    from .long_tail_digits import LongTailDigits
    from .nabirds import NABirds
    from .stanford_dogs import StanfordDogs
    from .vtab1k import TASKS, VTAB1k
    __all__ += [
        'CIFAR10C', 'CIFAR100C', 'Clothing1M', 'DigitCrops', 'DigitsC',
        'ImageNetA', 'ImageNetR', 'ImageNetSubset', 'LongTailCIFAR10',
        'LongTailCIFAR100', 'LongTailDigits', 'NABirds', 'StanfordDogs',
        'TASKS', 'VTAB1k'
    ]
