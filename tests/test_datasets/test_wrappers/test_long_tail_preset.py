"""Tests of long tails that are configured as the data set is."""
import pytest
from mmpretrain.datasets import BaseDataset

from protune_mm.datasets.wrappers.long_tail_preset import LongTailPreset
from protune_mm.errors import UserError


class Pets(BaseDataset):
    """Four cats, two dogs and six birds."""

    METAINFO = dict(classes=('cat', 'dog', 'bird'))

    def __init__(self, split='train', **kwargs):
        self.split = split
        super().__init__(ann_file='', **kwargs)

    def load_data_list(self):
        assert self.split == 'train', 'loaded without need'
        labels = [2, 0, 2, 1, 2, 0, 2, 1, 2, 0, 2, 0]
        return [dict(place=i, gt_label=y) for i, y in enumerate(labels)]


class LongTailPets(LongTailPreset):
    stock = Pets
    METAINFO = Pets.METAINFO


def places(dataset):
    return [item['place'] for item in dataset]


@pytest.mark.parametrize('serialize', [False, True])
def test_arguments_are_those_of_the_data_set(serialize):
    dataset = LongTailPets(
        imbalance_ratio=2,
        serialize_data=serialize,
        classes=['a', 'b', 'c'],
        pipeline=[lambda data: dict(data, seen=True)],
        data_prefix='images')
    assert dataset.num_per_class == [4, 2, 2]
    assert dataset.CLASSES == dataset.metainfo['classes'] == ('a', 'b', 'c')
    assert dataset[7]['seen']
    assert (dataset.split, dataset.img_prefix) == ('train', 'images')
    assert str(dataset).startswith('LongTailPets of Dataset Pets\n')
    assert 'Number of samples: \t8' in str(dataset)


def test_numbers_count_what_is_there():
    dataset = LongTailPets(imbalance_ratio=2, lazy_init=True)
    assert not dataset.dataset._fully_initialized
    assert dataset.num_per_class == [4, 2, 2]
    assert dataset.get_subset([0, 1, 4]).num_per_class == [2, 1, 0]


@pytest.mark.parametrize('indices, chosen', [
    (3, slice(3)),
    (0, slice(0)),
    (-3, slice(-3, None)),
    (100, slice(None)),
    ([1, 0], slice(1, None, -1)),
    (None, slice(None)),
])
def test_indices_are_of_the_images_drawn(indices, chosen):
    drawn = places(LongTailPets(imbalance_ratio=2))
    dataset = LongTailPets(imbalance_ratio=2, indices=indices)
    assert places(dataset) == drawn[chosen]


def test_positional_arguments_reach_the_data_set():
    with pytest.raises(UserError, match="LongTailPets: split='test'"):
        LongTailPets('test')


def test_a_split_is_refused_at_first_use():
    dataset = LongTailPets(split='test', lazy_init=True)
    with pytest.raises(UserError, match="LongTailPets: split='test'"):
        len(dataset)


def test_negative_seed_is_refused():
    with pytest.raises(UserError, match='LongTailPets: seed=-1 is too small'):
        LongTailPets(seed=-1)
