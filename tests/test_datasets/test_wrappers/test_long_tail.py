"""Tests of long-tailed counts and selections."""
import pytest
from mmpretrain.datasets import BaseDataset

from protune_mm.datasets.wrappers.long_tail import (LongTailMixin,
                                                    long_tail_counts)
from protune_mm.errors import UserError


class Pets(BaseDataset):
    """Four cats, two dogs and six birds."""

    METAINFO = dict(classes=('cat', 'dog', 'bird'))

    def __init__(self, split='train', **kwargs):
        self.split = split
        super().__init__(ann_file='', serialize_data=False, **kwargs)

    def load_data_list(self):
        labels = [2, 0, 2, 1, 2, 0, 2, 1, 2, 0, 2, 0]
        return [dict(place=i, gt_label=y) for i, y in enumerate(labels)]


class LongTailPets(LongTailMixin, Pets):
    pass


@pytest.mark.parametrize('num_classes, num_largest, ratio, size', [
    (10, 5000, 100, 12406),
    (10, 5000, 50, 13996),
    (100, 500, 100, 10847),
    (100, 500, 50, 12608),
])
def test_sizes_of_long_tailed_cifar(num_classes, num_largest, ratio, size):
    counts = long_tail_counts(num_classes, num_largest, ratio)
    assert sum(counts) == size
    assert len(counts) == num_classes
    assert counts[0] == num_largest
    assert counts[-1] == num_largest // ratio
    assert counts == sorted(counts, reverse=True)


def test_small_classes_keep_what_they_have():
    """The formula would give 4, 2.8 and 2 images."""
    dataset = LongTailPets(imbalance_ratio=2)
    assert dataset.num_per_class == [4, 2, 2]
    assert dataset.get_gt_labels().tolist() == [0, 0, 0, 0, 1, 1, 2, 2]
    assert LongTailPets(imbalance_ratio=1).num_per_class == [4, 2, 4]


def test_selection_depends_on_the_seed_alone():
    draws = [
        tuple(item['place']
              for item in LongTailPets(imbalance_ratio=2, seed=seed))
        for seed in (0, 0, *range(8))
    ]
    assert draws[0] == draws[1] == draws[2]
    assert len(set(draws)) > 4


def test_numbers_count_what_is_there():
    dataset = LongTailPets(imbalance_ratio=2, lazy_init=True)
    assert dataset.num_per_class == [4, 2, 2]
    assert dataset.get_subset([0, 1, 4]).num_per_class == [2, 1, 0]


def test_positional_arguments_reach_the_data_set():
    with pytest.raises(UserError, match="LongTailPets: split='test'"):
        LongTailPets('test')


@pytest.mark.parametrize('bad, message', [
    (dict(num_classes=1), 'num_classes=1 is too small'),
    (dict(imbalance_ratio=0.01), 'imbalance_ratio=0.01 is too small'),
    (dict(imbalance_ratio=51), 'imbalance_ratio=51 leaves no image to the '
     'smallest class; give less than 50'),
])
def test_bad_counts_are_refused(bad, message):
    with pytest.raises(UserError, match=message):
        long_tail_counts(**{
            **dict(num_classes=10, num_largest=50, imbalance_ratio=10),
            **bad
        })


def test_negative_seed_is_refused():
    with pytest.raises(UserError, match='LongTailPets: seed=-1 is too small'):
        LongTailPets(seed=-1)
