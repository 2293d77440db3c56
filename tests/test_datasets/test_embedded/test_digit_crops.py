"""Tests of the handwritten digits on photographs."""
import numpy as np
import pytest
from mmpretrain.registry import DATASETS
from sklearn.datasets import load_digits

from protune_mm.datasets import DIGIT_CLASSES
from protune_mm.datasets.embedded.digit_crops import DigitCrops
from protune_mm.errors import UserError


@pytest.fixture(scope='module')
def splits():
    return {split: DigitCrops(split, size=32) for split in ('train', 'test')}


def _images(dataset):
    return np.stack([dataset[i]['img'] for i in range(len(dataset))])


def _digits(dataset):
    return [
        dataset.get_data_info(i)['digit_index'] for i in range(len(dataset))
    ]


def test_every_digit_is_in_one_split(splits):
    train, test = (_digits(splits[split]) for split in ('train', 'test'))
    assert (len(train), len(test)) == (1347, 450)
    assert sorted(train + test) == list(range(1797))


@pytest.mark.parametrize('split', ['train', 'test'])
def test_labels(splits, split):
    dataset = splits[split]
    assert dataset.metainfo['classes'] == DIGIT_CLASSES
    labels = dataset.get_gt_labels()
    np.testing.assert_array_equal(labels,
                                  load_digits().target[_digits(dataset)])
    counts = np.bincount(labels)
    assert len(counts) == 10
    assert counts.max() < 1.1 * counts.min()


def test_item():
    dataset = DATASETS.build(dict(type='DigitCrops', split='test'))
    item = dataset[7]
    assert item['img'].shape == (64, 64, 3)
    assert item['img'].dtype == np.uint8
    assert item['img'].flags['C_CONTIGUOUS']


def test_image_depends_on_seed_and_digit_alone(splits):
    images = _images(splits['test'])
    again = _images(DigitCrops('test', size=32))
    np.testing.assert_array_equal(again, images)
    assert len({image.tobytes() for image in images}) == 450
    other = DigitCrops('test', size=32, seed=1)
    # The same digits, so that no seed lets training see the test set.
    assert _digits(other) == _digits(splits['test'])
    assert (_images(other) != images).any((1, 2, 3)).all()


def test_channels_are_bgr(splits):
    """The flower is orange: red beats blue where it is bright."""
    images = _images(splits['train']).astype(int)
    blue, red = images[..., 0], images[..., 2]
    assert ((red - blue) > 100).sum() > 2 * ((blue - red) > 100).sum()


def test_digit_is_visible(splits, monkeypatch):
    """A digit changes its background, and by enough to be read."""
    painted = _images(splits['test']).astype(int)
    monkeypatch.setattr('protune_mm.datasets.embedded.digit_crops.paste_shape',
                        lambda *args: None)
    change = np.abs(painted - _images(DigitCrops('test', size=32))).max(-1)
    assert ((change > 40).sum((1, 2)) > 5).all()
    assert ((change == 0).mean((1, 2)) > 0.1).all()


@pytest.mark.parametrize('bad, message', [
    (dict(split='val'), "split='val' is not known; give one of train, test"),
    (dict(size=15), 'size=15 is too small'),
    (dict(seed=-1), 'seed=-1 is too small'),
])
def test_bad_arguments_are_refused(bad, message):
    with pytest.raises(UserError, match=message):
        DigitCrops(**bad)
