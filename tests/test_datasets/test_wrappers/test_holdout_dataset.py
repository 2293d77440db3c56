"""Tests of holding images out of a training set."""
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS

from protune_mm.datasets import FewShotDataset, LetterCrops
from protune_mm.datasets.wrappers.holdout_dataset import HoldoutDataset
from protune_mm.errors import UserError

# Images a class; as in CUB, 30 is the most frequent number.
COUNTS = (30, 29, 30, 41, 12, 4, 2, 1)


class Birds(BaseDataset):
    """Birds in no order, a given number of each class."""

    def __init__(self, counts=COUNTS, **kwargs):
        self.counts = counts
        super().__init__(**kwargs)

    def load_data_list(self):
        labels = np.random.RandomState(5).permutation(
            np.repeat(range(len(self.counts)), self.counts))
        return [dict(place=i, gt_label=int(y)) for i, y in enumerate(labels)]


def draw(part, **kwargs):
    dataset = HoldoutDataset(Birds(serialize_data=False), part, **kwargs)
    return [dataset.get_data_info(i) for i in range(len(dataset))]


def places(part, **kwargs):
    return [item['place'] for item in draw(part, **kwargs)]


@pytest.mark.parametrize('fraction, held_out', [
    (0.1, [3, 3, 3, 4, 1, 0, 0, 0]),
    (0.5, [15, 14, 15, 20, 6, 2, 1, 0]),
    (0.99, [29, 28, 29, 40, 11, 3, 1, 0]),
])
def test_parts_are_the_whole(fraction, held_out):
    train, val = draw(
        'train', fraction=fraction), draw(
            'val', fraction=fraction)
    together = [item['place'] for item in train + val]
    assert sorted(together) == list(range(sum(COUNTS)))
    counts = [
        np.bincount([item['gt_label']
                     for item in part], minlength=len(COUNTS)).tolist()
        for part in (train, val)
    ]
    assert counts[1] == held_out
    assert min(counts[0]) >= 1
    assert places(
        'train', fraction=fraction) == sorted(item['place'] for item in train)


def test_draws_can_be_nested():
    """Few shots of the part to train on."""
    letters = dict(type='LetterCrops', length=260, size=16)
    holdout = dict(type='HoldoutDataset', dataset=letters)
    drawn = FewShotDataset(holdout, num_shots=2)
    kept = DATASETS.build(holdout)
    kept = {kept.get_data_info(i)['index'] for i in range(len(kept))}
    assert len(drawn) == 52 and len(kept) == 234
    assert {drawn.get_data_info(i)['index'] for i in range(52)} <= kept


def test_ten_percent_of_cub():
    """5,394 and 600 images, as in table 8 of VPT."""
    birds = Birds([30] * 194 + [29] * 6)
    assert [len(HoldoutDataset(birds, part))
            for part in ('train', 'val')] == [5394, 600]


def test_draw_depends_on_the_seed_alone():
    state = np.random.get_state()[1].tolist()
    assert places('val') == places('val', seed=0)
    assert np.random.get_state()[1].tolist() == state
    draws = {tuple(places('val', seed=seed)) for seed in range(8)}
    assert len(draws) == 8


@pytest.mark.parametrize('serialize', [True, False])
def test_items_are_those_of_the_data_set(serialize):
    birds = Birds(serialize_data=serialize)
    dataset = HoldoutDataset(birds, 'val')
    for i in range(len(dataset)):
        place = dataset[i]['place']
        assert birds[place]['gt_label'] == dataset[i]['gt_label']
    assert len(birds) == sum(COUNTS), 'the given data set was changed'


def test_built_from_a_config_at_first_use():
    config = Config(
        dict(
            type='HoldoutDataset',
            dataset=dict(type='LetterCrops', length=260, lazy_init=True),
            part='val',
            fraction=0.2,
            lazy_init=True))
    dataset = DATASETS.build(config)
    assert dataset.metainfo == LetterCrops.METAINFO
    assert len(dataset.dataset) == 260
    assert len(dataset) == len(dataset.dataset) == 52
    assert dataset[51]['img'].shape == (64, 64, 3)


@pytest.mark.parametrize('bad, message', [
    (dict(part='test'), "part='test' is not known; give one of train, val"),
    (dict(fraction=0), 'fraction=0 is out of range; give more than 0'),
    (dict(fraction=1.), 'fraction=1.0 is out of range'),
    (dict(seed=-1), 'seed=-1 is too small'),
    (dict(fraction=.001), 'fraction=0.001 holds no image out, .* raise it'),
])
def test_bad_arguments_are_refused(bad, message):
    with pytest.raises(UserError, match=message):
        HoldoutDataset(Birds(), **bad)
