"""Tests of what all draws have in common."""
import copy
import pickle
from itertools import islice

import pytest
from mmengine.dataset import (BaseDataset, ClassBalancedDataset, ConcatDataset,
                              RepeatDataset)
from torch.utils.data import DataLoader

from protune_mm.datasets import FewShotDataset, HoldoutDataset
from protune_mm.datasets.wrappers.drawn_dataset import DrawnDataset


def add_one(data):
    return dict(data, place=data['place'] + 1)


class Numbers(BaseDataset):
    """Four images of each of three classes, whose names come with them."""

    def __init__(self, length=12, **kwargs):
        self.length = length
        super().__init__(**kwargs)

    def load_data_list(self):
        self._metainfo['classes'] = ('a', 'b', 'c')
        return [dict(place=i, gt_label=i % 3) for i in range(self.length)]

    def get_cat_ids(self, idx):
        return [self.get_data_info(idx)['gt_label']]


class Backwards(DrawnDataset):
    """The second half, backwards."""

    def draw(self, labels):
        return list(range(len(labels) - 1, len(labels) // 2 - 1, -1))


def places(dataset):
    return [dataset[i]['place'] for i in range(len(dataset))]


@pytest.mark.parametrize('lazy', [False, True])
@pytest.mark.parametrize('serialize', [False, True])
def test_items_are_those_chosen(lazy, serialize):
    numbers = Numbers(serialize_data=serialize, lazy_init=lazy)
    dataset = Backwards(numbers, lazy_init=lazy)
    items = islice(dataset, 7)  # or without end
    assert [item['place'] for item in items] == [11, 10, 9, 8, 7, 6]
    assert len(dataset) == 6
    assert dataset[-1]['place'] == 6
    assert dataset.get_data_info(1)['place'] == 10
    assert dataset.get_gt_labels().tolist() == [2, 1, 0, 2, 1, 0]
    with pytest.raises(IndexError):
        dataset[6]
    assert places(numbers) == list(range(12)), 'the given one was changed'


@pytest.mark.parametrize('ask, answer', [
    (len, 6),
    (lambda d: d[0]['place'], 11),
    (lambda d: d.get_data_info(0)['place'], 11),
    (lambda d: d.get_cat_ids(0), [2]),
    (lambda d: d.get_gt_labels().tolist(), [2, 1, 0, 2, 1, 0]),
    (lambda d: places(d.get_subset([0, -1])), [11, 6]),
    (lambda d: d.get_subset_(2) or places(d), [11, 10]),
])
def test_whatever_is_asked_first_draws(ask, answer):
    assert ask(Backwards(Numbers(lazy_init=True), lazy_init=True)) == answer


def test_a_subset_is_a_draw_too():
    dataset = Backwards(Numbers())
    subset = dataset.get_subset(-2)
    assert type(subset) is Backwards and places(subset) == [7, 6]
    smaller = copy.copy(subset)
    smaller.get_subset_([1])
    assert places(smaller) == [6] and places(subset) == [7, 6]
    assert len(dataset) == 6, 'the given one was changed'


def test_what_the_data_set_has():
    dataset = Backwards(Numbers(lazy_init=True), lazy_init=True)
    assert dataset.metainfo == {}
    dataset.full_init()
    assert dataset.metainfo == dict(classes=('a', 'b', 'c'))
    assert dataset.length == 12
    assert not hasattr(dataset, 'width') and not hasattr(dataset, '_width')


def test_a_pipeline_can_be_exchanged():
    """Hooks do so between stages of a training."""
    numbers = Numbers()
    dataset = Backwards(numbers)
    dataset.pipeline = add_one
    assert dataset.pipeline is add_one
    assert places(dataset) == [12, 11, 10, 9, 8, 7]
    assert places(numbers) == list(range(12))


@pytest.mark.parametrize('wrap, length', [
    (lambda d: RepeatDataset(d, 2), 12),
    (lambda d: ConcatDataset([d, d]), 12),
    (lambda d: ClassBalancedDataset(d, oversample_thr=1e-3), 6),
    (Backwards, 3),
    (lambda d: FewShotDataset(d, 1), 3),
    (lambda d: HoldoutDataset(d, fraction=0.5), 3),
])
def test_wrappers_take_one_that_is_built(wrap, length):
    wrapped = wrap(Backwards(Numbers()))
    assert len(wrapped) == length
    assert set(places(wrapped)) <= set(range(6, 12))


@pytest.mark.parametrize(
    'clone',
    [copy.copy, copy.deepcopy, lambda d: pickle.loads(pickle.dumps(d))])
def test_copies_draw_the_same(clone):
    dataset = Backwards(Numbers(lazy_init=True), lazy_init=True)
    assert places(clone(dataset)) == places(dataset)
    assert places(clone(dataset)) == places(dataset)


def test_workers_load_it():
    loader = DataLoader(Backwards(Numbers()), batch_size=2, num_workers=2)
    assert [batch['place'].tolist() for batch in loader] == [[11, 10], [9, 8],
                                                             [7, 6]]
