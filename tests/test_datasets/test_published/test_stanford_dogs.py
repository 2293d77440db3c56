"""Tests of Stanford Dogs on lists like the official ones."""
import numpy as np
import pytest
from mmpretrain.registry import DATASETS
from scipy.io import savemat

from protune_mm.datasets.published.stanford_dogs import StanfordDogs
from protune_mm.errors import UserError

FOLDERS = [f'n{2085620 + i:08d}-Breed-{i}_dog' for i in range(120)]


def write_list(root, split, number):
    """Write a list as MATLAB does: a cell array of paths, labels from 1."""
    labels = np.arange(number) * 120 // number
    paths = np.empty((number, 1), object)
    for i, label in enumerate(labels):
        paths[i, 0] = f'{FOLDERS[label]}/{split}_{i}.jpg'
    savemat(root / f'{split}_list.mat',
            dict(file_list=paths, labels=labels[:, None] + 1.))
    image = root / 'Images' / paths[0, 0]
    image.parent.mkdir(parents=True, exist_ok=True)
    image.touch()


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('StanfordDogs')
    write_list(root, 'train', 12000)
    write_list(root, 'test', 8580)
    return root


@pytest.mark.parametrize('split, size', [('train', 12000), ('test', 8580)])
def test_official_lists(root, split, size):
    dataset = DATASETS.build(
        dict(type='StanfordDogs', data_root=str(root), split=split))
    assert len(dataset) == size
    assert dataset.test_mode == (split == 'test')
    assert dataset.CLASSES == tuple(f'Breed-{i}_dog' for i in range(120))
    last = dataset.get_data_info(size - 1)
    assert last['gt_label'] == 119 and type(last['gt_label']) is int
    assert last['img_path'] == str(root / 'Images' / FOLDERS[119] /
                                   f'{split}_{size - 1}.jpg')
    labels = dataset.get_gt_labels()
    assert set(labels) == set(range(120))
    assert split == 'test' or (np.bincount(labels) == 100).all()


def test_short_list_is_refused(tmp_path):
    write_list(tmp_path, 'test', 240)
    with pytest.raises(
            UserError, match="240 images of split='test', not 8580"):
        StanfordDogs(str(tmp_path), 'test')
    assert len(StanfordDogs(str(tmp_path), 'test', check_size=False)) == 240


def test_missing_list(tmp_path):
    with pytest.raises(
            UserError,
            match='train_list.mat" is missing; unpack images.tar and '
            'lists.tar of http://vision.stanford.edu/aditya86'):
        StanfordDogs(str(tmp_path))
