"""Small data sets made of digits and photographs that packages ship."""
from importlib.util import find_spec

from .digit_rendering import DIGIT_CLASSES, STUFF_CLASSES
from .digit_scenes import make_digit_scenes
from .letter_crops import LetterCrops

__all__ = [
    'DIGIT_CLASSES', 'LetterCrops', 'STUFF_CLASSES', 'make_digit_scenes'
]

if find_spec('mmpretrain'):
    from .digit_crops import DigitCrops
    from .digits_c import DigitsC
    from .long_tail_digits import LongTailDigits
    __all__ += ['DigitCrops', 'DigitsC', 'LongTailDigits']
