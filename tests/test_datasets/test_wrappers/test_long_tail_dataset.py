"""Tests of drawing a long tail."""
import pytest
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS

from protune_mm.datasets import DigitCrops, HoldoutDataset, LongTailDigits
from protune_mm.datasets.wrappers.long_tail_dataset import (LongTailDataset,
                                                            long_tail_counts)
from protune_mm.errors import UserError


class Pets(BaseDataset):
    """Four cats, two dogs and six birds, without names."""

    def load_data_list(self):
        labels = [2, 0, 2, 1, 2, 0, 2, 1, 2, 0, 2, 0]
        return [dict(place=i, gt_label=y) for i, y in enumerate(labels)]


class Split(Pets):
    """Pets of a split."""

    def __init__(self, split):
        self.split = split
        super().__init__()


def draw(**kwargs):
    return LongTailDataset(Pets(), **kwargs)


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
    dataset = draw(imbalance_ratio=2)
    assert dataset.num_per_class == [4, 2, 2]
    assert dataset.get_gt_labels().tolist() == [0, 0, 0, 0, 1, 1, 2, 2]
    assert draw(imbalance_ratio=1).num_per_class == [4, 2, 4]


def test_draw_depends_on_the_seed_alone():
    draws = [
        tuple(item['place'] for item in draw(imbalance_ratio=2, seed=seed))
        for seed in (0, 0, *range(8))
    ]
    assert draws[0] == draws[1] == draws[2]
    assert len(set(draws)) > 4


@pytest.mark.parametrize('ratio, seed', [(100, 0), (50, 3)])
def test_any_data_set_has_the_tail_that_a_preset_has(ratio, seed):
    config = Config(
        dict(
            type='LongTailDataset',
            dataset=dict(type='DigitCrops', size=16, lazy_init=True),
            imbalance_ratio=ratio,
            seed=seed,
            lazy_init=True))
    dataset = DATASETS.build(config)
    preset = LongTailDigits(imbalance_ratio=ratio, seed=seed, size=16)
    assert len(dataset.dataset) == 1347
    assert dataset.num_per_class == preset.num_per_class
    assert dataset.metainfo == preset.metainfo == DigitCrops.METAINFO
    assert [item['digit_index']
            for item in dataset] == [item['digit_index'] for item in preset]


def test_classes_without_images_are_counted():
    names = dict(classes=('cat', 'dog', 'bird', 'fish'))
    dataset = LongTailDataset(Pets(metainfo=names), imbalance_ratio=2)
    assert dataset.num_per_class == [4, 2, 2, 0]


@pytest.mark.parametrize('split', ['test', 'val'])
def test_other_splits_than_for_training_are_refused(split):
    message = f"LongTailDataset: split='{split}' has no long tail"
    for dataset in (Split(split), HoldoutDataset(Split(split))):
        with pytest.raises(UserError, match=message):
            LongTailDataset(dataset, imbalance_ratio=2)


@pytest.mark.parametrize('split', ['train', 'trainval', ''])
def test_splits_for_training(split):
    dataset = LongTailDataset(Split(split), imbalance_ratio=2)
    assert dataset.num_per_class == [4, 2, 2]


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


@pytest.mark.parametrize('bad, message', [
    (dict(seed=-1), 'LongTailDataset: seed=-1 is too small'),
    (dict(imbalance_ratio=5), 'imbalance_ratio=5 leaves no image'),
])
def test_bad_arguments_are_refused(bad, message):
    with pytest.raises(UserError, match=message):
        draw(**bad)
