"""Tests of long-tailed CIFAR-100 on full-size files of random pixels."""
import pickle
import shutil

import pytest
from mmpretrain.datasets import CIFAR100
from mmpretrain.registry import DATASETS

from protune_mm.datasets.published.long_tail_cifar100 import LongTailCIFAR100
from protune_mm.errors import UserError
from tests.fake_cifar import assert_selection, write_cifar


@pytest.fixture(scope='module')
def cifar(tmp_path_factory):
    root = tmp_path_factory.mktemp('cifar100')
    folder = root / 'cifar-100-python'
    data, labels = write_cifar(folder, dict(train=50000), 'fine_labels', 100)
    write_cifar(folder, dict(test=10000), 'fine_labels', 100)
    names = [f'class {i}' for i in range(100)]
    (folder / 'meta').write_bytes(
        pickle.dumps(dict(fine_label_names=names), protocol=2))
    yield root, data, labels
    shutil.rmtree(root)


@pytest.mark.parametrize('ratio, head, tail, size',
                         [(100, [500, 477, 455], [5, 5, 5], 10847),
                          (50, [500, 480, 462], [10, 10, 10], 12608)])
def test_images_are_those_of_ldam_drw(cifar, monkeypatch, ratio, head, tail,
                                      size):
    root, data, labels = cifar
    monkeypatch.setattr(CIFAR100, '_check_integrity', lambda _: True)
    dataset = DATASETS.build(
        dict(
            type='LongTailCIFAR100',
            data_root=str(root),
            imbalance_ratio=ratio))
    assert len(dataset) == sum(dataset.num_per_class) == size
    assert dataset.num_per_class[:3] == head
    assert dataset.num_per_class[-3:] == tail
    assert len(dataset.metainfo['classes']) == 100
    assert_selection(dataset, data, labels, 1 / ratio)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(UserError, match='cifar-100-python" lacks train, test'):
        LongTailCIFAR100(data_root=str(tmp_path), download=False)
