"""Small data sets made of what packages ship."""
from importlib.util import find_spec

from .digit_rendering import DIGIT_CLASSES, STUFF_CLASSES
from .digit_scenes import make_digit_scenes
from .letter_crops import LetterCrops
from .tree_crowns import TREE_CLASSES, make_tree_crowns

__all__ = [
    'DIGIT_CLASSES', 'LetterCrops', 'STUFF_CLASSES', 'TREE_CLASSES',
    'make_digit_scenes', 'make_tree_crowns'
]

if find_spec('mmpretrain'):
    from .digit_crops import DigitCrops
    from .digits_c import DigitsC
    from .long_tail_digits import LongTailDigits
    __all__ += ['DigitCrops', 'DigitsC', 'LongTailDigits']
