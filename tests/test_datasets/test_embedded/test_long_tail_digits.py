"""Tests of the long-tailed handwritten digits."""
import numpy as np
import pytest
from mmpretrain.registry import DATASETS

from protune_mm.datasets.embedded.digit_crops import DigitCrops
from protune_mm.datasets.embedded.long_tail_digits import LongTailDigits
from protune_mm.errors import UserError


@pytest.mark.parametrize('ratio, num_per_class', [
    (100, [133, 80, 48, 29, 17, 10, 6, 3, 2, 1]),
    (50, [133, 87, 56, 36, 23, 15, 9, 6, 4, 2]),
])
def test_sizes(ratio, num_per_class):
    dataset = DATASETS.build(
        dict(type='LongTailDigits', imbalance_ratio=ratio, size=16))
    assert dataset.num_per_class == num_per_class
    assert len(dataset) == sum(num_per_class)
    assert dataset[0]['img'].shape == (16, 16, 3)


def test_images_are_those_of_the_balanced_set():
    balanced = {
        item['digit_index']: item['img']
        for item in DigitCrops(size=16)
    }
    # The seed says which, not how they look.
    dataset = LongTailDigits(size=16, seed=3)
    drawn = [dataset[i] for i in range(len(dataset))]
    assert len({item['digit_index'] for item in drawn}) == len(drawn) == 329
    for item in drawn:
        np.testing.assert_array_equal(item['img'],
                                      balanced[item['digit_index']])


@pytest.mark.parametrize('bad, message', [
    (dict(split='test'), "LongTailDigits: split='test' has no long tail"),
    (dict(imbalance_ratio=135), 'leaves no image to the smallest class; give '
     'less than 134.7'),
])
def test_bad_arguments_are_refused(bad, message):
    with pytest.raises(UserError, match=message):
        LongTailDigits(size=16, **bad)
