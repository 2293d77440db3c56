"""Tests of the corrupted digits, with a tenth of them."""
from functools import partial

import numpy as np
import pytest
from mmpretrain.registry import DATASETS

from protune_mm.datasets import DIGIT_CLASSES
from protune_mm.datasets.embedded.corrupt_images import RECIPES, corrupt
from protune_mm.datasets.embedded.digit_crops import DigitCrops
from protune_mm.datasets.embedded.digits_c import DigitsC
from protune_mm.errors import UserError


@pytest.fixture(autouse=True)
def fewer_digits(monkeypatch):
    monkeypatch.setattr('protune_mm.datasets.embedded.digits_c.DigitCrops',
                        partial(DigitCrops, indices=45))


@pytest.fixture(scope='module')
def data_root(tmp_path_factory) -> str:
    return str(tmp_path_factory.mktemp('data') / 'digits_c')


def build(data_root, **kwargs) -> DigitsC:
    return DATASETS.build(
        dict(type='DigitsC', data_root=data_root, check_size=False, **kwargs))


def test_images_are_the_corrupted_test_digits(data_root):
    dataset = build(data_root)
    assert len(dataset) == 10 * 5 * 45
    assert dataset.metainfo['classes'] == DIGIT_CLASSES
    clean = DigitCrops(split='test')
    images = np.stack([clean[i]['img'] for i in range(45)])
    # brightness, severity 2
    corrupted = corrupt(images, 'brightness', 2, 0)
    for i in range(45):
        item = dataset[(4 * 5 + 1) * 45 + i]
        assert item['corruption'] == 'brightness'
        assert item['severity'] == 2
        assert item['gt_label'] == clean[i]['gt_label']
        np.testing.assert_array_equal(item['img'], corrupted[i])


@pytest.mark.parametrize('arguments, length',
                         [(dict(corruption='standard'), 8 * 5 * 45),
                          (dict(corruption='saturate', severity=5), 45)])
def test_parts(data_root, arguments, length):
    assert len(build(data_root, **arguments)) == length


def test_corruption_without_a_recipe_is_refused(data_root):
    with pytest.raises(UserError, match="corruption='fog' is not known"):
        build(data_root, corruption='fog')


def test_published_size():
    assert len(DigitCrops(split='test')) == DigitsC.IMAGES_PER_SEVERITY
    assert DigitsC.CORRUPTIONS == tuple(RECIPES)


def test_only_the_first_process_makes_the_files(tmp_path, monkeypatch):
    monkeypatch.setattr('mmengine.dist.is_main_process', lambda: False)
    with pytest.raises(UserError, match='labels.npy" is missing; delete "'):
        build(str(tmp_path / 'set'))
    assert not [*tmp_path.iterdir()]
