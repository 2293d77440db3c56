"""Small data sets that need no download."""
from .digit_rendering import DIGIT_CLASSES, STUFF_CLASSES
from .digit_scenes import make_digit_scenes
from .letter_crops import LetterCrops

__all__ = [
    'make_digit_scenes', 'DIGIT_CLASSES', 'STUFF_CLASSES', 'LetterCrops'
]
