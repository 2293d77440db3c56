"""Tests of the letters rendered on the fly."""
import string

import numpy as np
import pytest
from mmengine.dataset import pseudo_collate
from mmengine.registry import DATASETS
from torch.utils.data import DataLoader

from protune_mm.datasets import DIGIT_CLASSES, LetterCrops
from protune_mm.errors import UserError


def test_item():
    dataset = LetterCrops(length=60, size=48)
    assert len(dataset) == 60
    item = dataset[27]
    assert item['img'].shape == (48, 48, 3)
    assert item['img'].dtype == np.uint8
    assert item['img'].flags['C_CONTIGUOUS']
    assert item['img_shape'] == item['ori_shape'] == (48, 48)
    assert item['gt_label'] == 1


def test_classes_are_the_letters():
    dataset = DATASETS.build(dict(type='LetterCrops', length=52))
    classes = dataset.metainfo['classes']
    assert classes == tuple(string.ascii_uppercase)
    assert not set(classes) & {*DIGIT_CLASSES, *string.digits}
    labels = [dataset.get_data_info(i)['gt_label'] for i in range(52)]
    assert labels == [*range(26)] * 2


def test_item_depends_on_seed_and_index_alone():
    dataset = LetterCrops(length=8)
    images = [dataset[i]['img'] for i in range(8)]
    for i in reversed(range(8)):
        np.testing.assert_array_equal(
            LetterCrops(length=9, indices=[i])[0]['img'], images[i])
    for i in range(1, 8):
        assert (images[i] != images[0]).any()
    assert (LetterCrops(length=8, seed=1)[0]['img'] != images[0]).any()


def test_channels_are_bgr():
    """The flower is orange: red beats blue where it is bright."""
    dataset = LetterCrops(length=200)
    images = np.stack([dataset[i]['img'] for i in range(200)]).astype(int)
    blue, red = images[..., 0], images[..., 2]
    assert ((red - blue) > 100).sum() > 2 * ((blue - red) > 100).sum()


def test_letter_is_visible(monkeypatch):
    """A letter changes its background, and by enough to be read."""
    painted = LetterCrops(length=52)
    letters = [painted[i]['img'].astype(int) for i in range(52)]
    monkeypatch.setattr(
        'protune_mm.datasets.embedded.letter_crops.paste_shape',
        lambda *args: None)
    for i, letter in enumerate(letters):
        change = np.abs(letter - painted[i]['img']).max(-1)
        assert (change > 40).sum() > 15
        assert (change == 0).mean() > 0.1


def test_every_font_holds_every_letter():
    from protune_mm.datasets.embedded.letter_crops import FONTS, _letter_shape
    for font in FONTS:
        shapes = {
            _letter_shape(font, letter).tobytes()
            for letter in string.ascii_letters
        }
        # Missing letters would share the shape of an empty box.
        assert len(shapes) == 52, font


def test_workers_give_the_same_items():
    dataset = LetterCrops(length=12, pipeline=[lambda item: item])
    batches = {}
    for workers in (0, 2):
        loader = DataLoader(
            dataset, 4, num_workers=workers, collate_fn=pseudo_collate)
        batches[workers] = [
            image for batch in loader for image in batch['img']
        ]
    assert len(batches[2]) == 12
    np.testing.assert_array_equal(batches[0], batches[2])


@pytest.mark.parametrize('name, value', [('length', 0), ('size', 15),
                                         ('seed', -1)])
def test_numbers_out_of_range_are_refused(name, value):
    with pytest.raises(UserError, match=f'{name}={value} is too small'):
        LetterCrops(**{name: value})
