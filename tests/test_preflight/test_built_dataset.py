"""What is inside built data sets."""
import threading
from types import SimpleNamespace

import pytest
from mmengine.dataset import BaseDataset, ConcatDataset, RepeatDataset

from protune_mm.preflight.built_dataset import copy_to_try, leaves, spread


class Images(BaseDataset):

    def load_data_list(self):
        return [dict(img_path=f'{i}.jpg') for i in range(3)]


class Remembers:
    """A step with a state, as a mosaic has."""

    def __init__(self):
        self.seen = []

    def __call__(self, data):
        self.seen.append(data['img_path'])
        return data


@pytest.fixture
def images():
    return Images(pipeline=[Remembers()])


def test_leaves_are_found_in_wrappers(images):
    assert list(leaves(ConcatDataset([images, images]))) == [images, images]
    assert list(leaves(RepeatDataset(images, 2))) == [images]
    assert list(leaves(object())) == []


@pytest.mark.parametrize('wrap', [
    lambda images: RepeatDataset(images, 2),
    lambda images: ConcatDataset([images, images]),
])
def test_a_trial_leaves_no_trace(images, wrap):
    trial = copy_to_try(wrap(images))
    assert trial[4]['img_path'] == '1.jpg'
    assert images.pipeline.transforms[0].seen == []
    assert next(leaves(trial)).data_bytes is images.data_bytes


@pytest.mark.parametrize('length, expected', [
    (0, []),
    (3, [0, 1, 2]),
    (101, [0, 25, 50, 75, 100]),
])
def test_a_spread_has_the_ends(length, expected):
    assert spread(length, 5) == expected


def test_a_pipeline_that_cannot_be_copied():
    """One may hold a lock or an open file."""
    dataset = SimpleNamespace(pipeline=[threading.Lock()])
    assert copy_to_try(dataset).pipeline is dataset.pipeline
