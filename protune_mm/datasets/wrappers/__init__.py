"""Data sets that choose images of another one, one a file."""
from .few_shot_dataset import FewShotDataset
from .holdout_dataset import HoldoutDataset
from .long_tail_dataset import LongTailDataset

__all__ = ['FewShotDataset', 'HoldoutDataset', 'LongTailDataset']
