"""Tests of corrupted images on disk."""
import shutil
from pathlib import Path

import numpy as np
import pytest

from protune_mm.datasets.embedded.corrupt_images import (RECIPES, corrupt,
                                                         make_corrupted)
from protune_mm.datasets.embedded.letter_crops import LetterCrops
from protune_mm.datasets.published.corruptions import EXTRA, STANDARD
from protune_mm.errors import UserError


@pytest.fixture(scope='module')
def images():
    letters = LetterCrops(length=20)
    return np.stack([letters[i]['img'] for i in range(20)])


def test_names_are_those_of_cifar10_c():
    assert set(RECIPES) <= {*STANDARD, *EXTRA}
    assert len(RECIPES) == 10


@pytest.mark.parametrize('name', RECIPES)
def test_change_grows_with_severity(images, name):
    before = images.copy()
    changes = []
    for severity in range(1, 6):
        corrupted = corrupt(images, name, severity, 0)
        assert corrupted.shape == images.shape
        assert corrupted.dtype == np.uint8
        changes.append(np.abs(corrupted - images.astype(float)).mean())
    np.testing.assert_array_equal(images, before)
    assert changes == sorted(changes)
    # Visible, and with something left to see.
    assert changes[0] > 1
    assert changes[-1] < 100


def test_bright_pixels_do_not_wrap():
    image = np.full((1, 8, 8, 3), 240, np.uint8)
    assert (corrupt(image, 'brightness', 5, 0) == 255).all()


def read(root) -> dict:
    return {path.name: path.read_bytes() for path in root.iterdir()}


def test_layout(tmp_path, images):
    labels = np.arange(20) % 3
    root = make_corrupted(images, labels, tmp_path / 'a' / 'set')
    assert {path.stem for path in root.glob('*.npy')} == {*RECIPES, 'labels'}
    np.testing.assert_array_equal(
        np.load(root / 'labels.npy'), np.tile(labels, 5))
    for name in RECIPES:
        file = np.load(root / f'{name}.npy')
        assert file.shape == (100, 64, 64, 3)
        for severity in range(1, 6):
            np.testing.assert_array_equal(
                file[20 * (severity - 1):20 * severity],
                corrupt(images, name, severity, 0))
    assert [path.name for path in root.parent.iterdir()] == ['set']


def test_same_arguments_give_the_same_files(tmp_path, images):
    labels = [0] * 20
    names = ['saturate', 'shot_noise']
    first = read(make_corrupted(images, labels, tmp_path / '1', names))
    assert read(make_corrupted(images, labels, tmp_path / '2', names)) == first
    other = read(make_corrupted(images, labels, tmp_path / '3', names, seed=1))
    assert other['saturate.npy'] == first['saturate.npy']
    assert other['shot_noise.npy'] != first['shot_noise.npy']
    # Noise does not depend on what else is asked for.
    fewer = read(
        make_corrupted(images, labels, tmp_path / '4', ['shot_noise']))
    assert fewer['shot_noise.npy'] == first['shot_noise.npy']


@pytest.fixture
def arguments(tmp_path, images):
    return dict(
        images=images[:2],
        labels=[0, 1],
        root=tmp_path / 'set',
        corruptions=['contrast'])


def test_finished_set_is_kept_and_another_refused(arguments, tmp_path, images):
    make_corrupted(**arguments)
    path = tmp_path / 'set' / 'contrast.npy'
    path.write_bytes(b'kept')
    make_corrupted(**arguments)
    for change in (dict(seed=1), dict(images=images[2:4]), dict(labels=[1, 0]),
                   dict(corruptions=['saturate'])):
        with pytest.raises(UserError, match='give another root, or delete it'):
            make_corrupted(**{**arguments, **change})
    assert path.read_bytes() == b'kept'
    with pytest.raises(UserError, match='is not the set of corrupted images'):
        make_corrupted(**{**arguments, 'root': tmp_path})


def test_a_damaged_record(arguments, tmp_path):
    make_corrupted(**arguments)
    (tmp_path / 'set/corrupted.json').write_text('{"version": 1, "sha')
    with pytest.raises(UserError, match='corrupted.json" is damaged; delete'):
        make_corrupted(**arguments)


def test_another_process_is_quicker(arguments, tmp_path, monkeypatch):
    rename = Path.rename

    def late(self, root):
        shutil.copytree(self, root)
        return rename(self, root)

    monkeypatch.setattr(Path, 'rename', late)
    root = make_corrupted(**arguments)
    assert sorted(path.name for path in tmp_path.iterdir()) == [root.name]


def test_broken_off_set_leaves_nothing(tmp_path, images, monkeypatch):

    def fail(*args):
        raise KeyboardInterrupt

    monkeypatch.setitem(RECIPES, 'contrast', (fail, range(5)))
    with pytest.raises(KeyboardInterrupt):
        make_corrupted(images, [0] * 20, tmp_path / 'set')
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize('change, message', [
    (dict(seed=-1), 'seed=-1 is too small'),
    (dict(corruptions=['fog']), r"corruptions=\['fog'\] are not known; give "
     'some of gaussian_noise'),
    (dict(labels=[0]), r'labels of shape \(1,\) do not fit'),
    (dict(images=np.zeros((2, 8, 8, 3))), 'images of float64'),
    (dict(images=np.zeros((2, 8, 8), np.uint8)), r'shape \(2, 8, 8\)'),
])
def test_bad_input_is_refused(tmp_path, images, change, message):
    arguments = dict(images=images[:2], labels=[0, 1], root=tmp_path / 'set')
    with pytest.raises(UserError, match=message):
        make_corrupted(**{**arguments, **change})
    assert not [*tmp_path.iterdir()]
