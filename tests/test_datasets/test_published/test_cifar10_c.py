"""Tests of CIFAR-10-C, on files of its full size that are empty but for a few
pixels."""
import pickle
import shutil

import numpy as np
import pytest
from mmpretrain.datasets import CIFAR10
from mmpretrain.registry import DATASETS

from protune_mm.datasets.published.cifar10_c import CIFAR10C
from protune_mm.datasets.published.corruptions import EXTRA, STANDARD
from protune_mm.errors import UserError

NAMES = STANDARD + EXTRA
MARKED = 1234


@pytest.fixture(scope='module')
def data_root(tmp_path_factory):
    """str: Sparse files; one image per corruption and severity tells them."""
    root = tmp_path_factory.mktemp('CIFAR-10-C')
    for number, name in enumerate(NAMES):
        images = np.lib.format.open_memmap(root / f'{name}.npy', 'w+',
                                           np.uint8, (50000, 32, 32, 3))
        for severity in range(1, 6):
            images[10000 * (severity - 1) + MARKED] = (number, severity, 7)
    np.save(root / 'labels.npy', np.tile(np.arange(10000) % 10, 5))
    yield str(root)
    shutil.rmtree(root)


def build(data_root, **kwargs) -> CIFAR10C:
    return DATASETS.build(dict(type='CIFAR10C', data_root=data_root, **kwargs))


def test_whole_set(data_root):
    """All 950,000 images, in few bytes each."""
    dataset = build(data_root)
    assert len(dataset) == 950000
    assert dataset.data_bytes.nbytes < 100e6
    for number, name in enumerate(NAMES):
        for severity in range(1, 6):
            item = dataset[(5 * number + severity - 1) * 10000 + MARKED]
            assert item['img'].shape == (32, 32, 3)
            assert (item['img'] == (number, severity, 7)).all()
            assert item['corruption'] == name
            assert item['severity'] == severity
            assert item['gt_label'] == MARKED % 10
    assert not dataset[0]['img'].any()
    # A file alone is 154 MB.
    assert len(pickle.dumps(dataset)) < 100e6


@pytest.mark.parametrize('arguments, length', [
    (dict(corruption='standard'), 750000),
    (dict(severity=3), 190000),
    (dict(corruption='fog', severity=[1, 5]), 20000),
])
def test_parts(data_root, arguments, length):
    assert len(build(data_root, **arguments)) == length


def test_nineteen_corruptions():
    assert len(set(STANDARD)) == 15
    assert len(set(NAMES)) == 19


def test_classes_are_those_of_cifar10(data_root):
    dataset = build(data_root, corruption='fog', severity=1)
    assert dataset.metainfo['classes'] == CIFAR10.METAINFO['classes']


def test_missing_set_names_the_download(tmp_path):
    with pytest.raises(
            UserError,
            match=f'"{tmp_path}/labels.npy" is missing; download '
            'CIFAR-10-C.tar from https://zenodo.org/record/2535967 and '
            f'unpack it so that its files lie in "{tmp_path}"'):
        CIFAR10C(str(tmp_path))
