"""Tests of CIFAR-100-C."""
import numpy as np
import pytest
from mmpretrain.datasets import CIFAR100
from mmpretrain.registry import DATASETS

from protune_mm.datasets.published.cifar100_c import CIFAR100C
from protune_mm.errors import UserError


@pytest.fixture
def data_root(tmp_path):
    """str: A sparse file of full size."""
    path = tmp_path / 'fog.npy'
    images = np.lib.format.open_memmap(path, 'w+', np.uint8,
                                       (50000, 32, 32, 3))
    images[20042] = (1, 2, 3)
    np.save(tmp_path / 'labels.npy', np.tile(np.arange(10000) % 100, 5))
    yield str(tmp_path)
    path.unlink()


def build(data_root) -> CIFAR100C:
    return DATASETS.build(
        dict(
            type='CIFAR100C',
            data_root=data_root,
            corruption='fog',
            severity=3))


def test_item(data_root):
    dataset = build(data_root)
    assert len(dataset) == 10000
    assert (dataset[42]['img'] == (1, 2, 3)).all()
    assert dataset[42]['gt_label'] == 42
    assert dataset.metainfo['classes'] == CIFAR100.METAINFO['classes']


def test_files_of_cifar10_c_are_refused(data_root):
    np.save(f'{data_root}/labels.npy', np.tile(np.arange(10000) % 10, 5))
    with pytest.raises(
            UserError,
            match='10000 images per severity in 10 classes, not 10000 in 100 '
            '.*; download CIFAR-100-C.tar from '
            'https://zenodo.org/record/3555552 and unpack it so that its '
            f'files lie in "{data_root}"'):
        build(data_root)
