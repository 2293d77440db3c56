"""Tests of long-tailed CIFAR-10 on full-size files of random pixels."""
import pickle
import shutil
from pathlib import Path

import pytest
from mmengine.config import Config
from mmpretrain.datasets import CIFAR10
from mmpretrain.registry import DATASETS

from protune_mm.datasets.published.long_tail_cifar10 import LongTailCIFAR10
from protune_mm.errors import UserError
from tests.fake_cifar import assert_selection, write_cifar

TRAIN = {f'data_batch_{i}': 10000 for i in range(1, 6)}


@pytest.fixture(scope='module')
def cifar(tmp_path_factory):
    root = tmp_path_factory.mktemp('cifar10')
    folder = root / 'cifar-10-batches-py'
    data, labels = write_cifar(folder, TRAIN, 'labels', 10)
    write_cifar(folder, dict(test_batch=10000), 'labels', 10)
    (folder / 'batches.meta').write_bytes(
        pickle.dumps(dict(label_names=list('abcdefghij')), protocol=2))
    yield root, data, labels
    shutil.rmtree(root)


COUNTS = {
    100: [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50],
    50: [5000, 3237, 2096, 1357, 878, 568, 368, 238, 154, 100]
}


@pytest.mark.parametrize('ratio, seed, size', [(100, 0, 12406), (50, 0, 13996),
                                               (100, 1, 12406)])
def test_images_are_those_of_ldam_drw(cifar, monkeypatch, ratio, seed, size):
    root, data, labels = cifar
    monkeypatch.setattr(CIFAR10, '_check_integrity', lambda _: True)
    dataset = LongTailCIFAR10(
        data_root=str(root), imbalance_ratio=ratio, seed=seed)
    assert len(dataset) == size
    assert dataset.num_per_class == COUNTS[ratio]
    assert dataset.metainfo['classes'][0] == 'airplane'
    assert_selection(dataset, data, labels, 1 / ratio, seed)


def test_defaults_from_a_config(cifar, monkeypatch):
    monkeypatch.setattr(CIFAR10, '_check_integrity', lambda _: True)
    config = Config(dict(type='LongTailCIFAR10', data_root=str(cifar[0])))
    assert_selection(DATASETS.build(config), *cifar[1:], 0.01)


def test_test_split_is_refused():
    with pytest.raises(UserError, match="split='test' has no long tail"):
        LongTailCIFAR10(data_root='nowhere', split='test')


def test_missing_batches_are_named(tmp_path):
    folder = tmp_path / 'cifar-10-batches-py'
    write_cifar(folder, dict.fromkeys(TRAIN, 10), 'labels', 10)
    (folder / 'data_batch_3').unlink()
    with pytest.raises(UserError) as error:
        LongTailCIFAR10(data_root=str(tmp_path), download=False)
    assert str(error.value) == (
        f'LongTailCIFAR10: "{folder}" lacks data_batch_3, test_batch; unpack '
        'cifar-10-python.tar.gz in its parent folder, or set download=True.')


def test_damaged_batches_are_refused(tmp_path):
    write_cifar(tmp_path / 'cifar-10-batches-py',
                dict.fromkeys([*TRAIN, 'test_batch'], 10), 'labels', 10)
    with pytest.raises(UserError, match='another MD5 sum than the official'):
        LongTailCIFAR10(data_root=str(tmp_path), download=False)


def test_download_is_left_to_mmpretrain(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(
        'mmpretrain.datasets.cifar.'
        'download_and_extract_archive',
        lambda *args, **kwargs: calls.append(args))
    with pytest.raises(AssertionError, match='Download failed'):
        LongTailCIFAR10(data_root=str(tmp_path))
    (url, root), = calls
    assert url == CIFAR10.url
    assert Path(root) == tmp_path
