"""Tests of drawing a few images of every class."""
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS

from protune_mm.datasets import LetterCrops
from protune_mm.datasets.embedded.digit_crops import DigitCrops
from protune_mm.datasets.wrappers.few_shot_dataset import FewShotDataset
from protune_mm.errors import UserError


class Pets(BaseDataset):
    """Six cats, five dogs and three birds."""

    METAINFO = dict(classes=('cat', 'dog', 'bird'))

    def load_data_list(self):
        labels = [2, 0, 1, 0, 1, 2, 0, 1, 0, 1, 2, 0, 1, 0]
        return [dict(place=i, gt_label=y) for i, y in enumerate(labels)]


def _draw(**kwargs):
    dataset = FewShotDataset(Pets(serialize_data=False), **kwargs)
    return [dataset.get_data_info(i)['place'] for i in range(len(dataset))]


@pytest.fixture(scope='module')
def digits():
    return DigitCrops(size=16)


@pytest.mark.parametrize('num_shots', [1, 2, 4, 8, 16])
def test_every_class_has_its_shots(digits, num_shots):
    dataset = FewShotDataset(digits, num_shots)
    assert len(dataset) == 10 * num_shots
    labels = dataset.get_gt_labels()
    assert np.bincount(labels).tolist() == [num_shots] * 10
    drawn = {
        dataset.get_data_info(i)['digit_index']
        for i in range(len(dataset))
    }
    assert len(drawn) == len(dataset), 'an image was drawn twice'
    assert dataset.metainfo == digits.metainfo
    assert len(digits) == 1347, 'the given data set was changed'


@pytest.mark.parametrize('serialize', [True, False])
def test_items_are_those_of_the_data_set(serialize):
    pets = Pets(serialize_data=serialize)
    dataset = FewShotDataset(pets, 2)
    assert [dataset[i]['gt_label'] for i in range(6)] == [0, 0, 1, 1, 2, 2]
    for i in range(6):
        place = dataset[i]['place']
        assert pets[place]['gt_label'] == dataset[i]['gt_label']


def test_draw_depends_on_the_seed_alone():
    assert _draw(num_shots=2) == _draw(num_shots=2, seed=0)
    draws = {tuple(_draw(num_shots=2, seed=seed)) for seed in range(8)}
    assert len(draws) > 4
    state = np.random.get_state()[1].tolist()
    _draw(num_shots=2)
    assert np.random.get_state()[1].tolist() == state


@pytest.mark.parametrize('seed', [0, 1, 2])
def test_fewer_shots_are_among_more(seed):
    draws = [set(_draw(num_shots=shots, seed=seed)) for shots in (1, 2, 3)]
    assert draws[0] < draws[1] < draws[2]


def test_built_from_a_config_at_first_use():
    config = Config(
        dict(
            type='FewShotDataset',
            dataset=dict(type='LetterCrops', length=80, lazy_init=True),
            num_shots=3,
            lazy_init=True))
    dataset = DATASETS.build(config)
    assert dataset.metainfo == LetterCrops.METAINFO
    assert len(dataset.dataset) == 80
    assert len(dataset) == len(dataset.dataset) == 78
    assert dataset[77]['img'].shape == (64, 64, 3)


def test_data_set_without_names():
    pets = Pets(metainfo=dict(classes=None))
    assert len(FewShotDataset(pets, 3)) == 9
    with pytest.raises(UserError, match="class '2' has 3 images"):
        FewShotDataset(pets, 4)


@pytest.mark.parametrize('classes, message', [
    (('cat', 'dog', 'bird'), "class 'bird' has 3 images, fewer than "
     'num_shots=4; lower it or add images'),
    (('cat', 'dog', 'bird', 'fish'), "class 'fish' has 0 images"),
])
def test_too_few_images_are_refused(classes, message):
    with pytest.raises(UserError, match=message):
        FewShotDataset(Pets(metainfo=dict(classes=classes)), 4)


@pytest.mark.parametrize('bad', [dict(num_shots=0), dict(seed=-1)])
def test_numbers_out_of_range_are_refused(bad):
    (name, value), = bad.items()
    with pytest.raises(UserError, match=f'{name}={value} is too small'):
        FewShotDataset(Pets(), **{'num_shots': 1, **bad})
