"""Tests of NABirds on lists like the official ones."""
import pytest
from mmpretrain.registry import DATASETS

from protune_mm.datasets.published.nabirds import NABirds
from protune_mm.errors import UserError

# Sparse, and sorted as text they would come in another order.
CLASSES = [7 + 2 * i for i in range(555)]


def write_lists(root, train, test):
    """Write the lists; images of a split go through the classes in turn."""
    paths, labels, is_train = [], [], []
    for i in range(train + test):
        key = f'{i:08x}-dead-beef'
        number = CLASSES[-1 - i % 555]
        paths.append(f'{key} {number:04}/{i:08x}.jpg')
        labels.append(f'{key} {number}')
        is_train.append(f'{key} {int(i < train)}')
    names = [f'{i} Duck, kind {i} (male)' for i in range(CLASSES[-1] + 2)]
    for name, lines in [('images', paths), ('image_class_labels', labels),
                        ('train_test_split', is_train), ('classes', names)]:
        (root / f'{name}.txt').write_text('\n'.join(lines) + '\n')
    for i in (0, train):
        image = root / 'images' / paths[i].split()[1]
        image.parent.mkdir(parents=True, exist_ok=True)
        image.touch()


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('nabirds')
    write_lists(root, 23929, 24633)
    return root


@pytest.mark.parametrize('split, size, first', [('train', 23929, 0),
                                                ('test', 24633, 23929)])
def test_official_lists(root, split, size, first):
    dataset = DATASETS.build(
        dict(type='NABirds', data_root=str(root), split=split))
    assert len(dataset) == size
    assert dataset.test_mode == (split == 'test')
    assert dataset.CLASSES == tuple(f'Duck, kind {i} (male)' for i in CLASSES)
    for index in (0, 5, size - 1):
        item = dataset.get_data_info(index)
        label = 554 - (first + index) % 555
        assert item['gt_label'] == label
        assert item['img_path'] == str(
            root / 'images' / f'{CLASSES[label]:04}/{first + index:08x}.jpg')
    assert set(dataset.get_gt_labels()) == set(range(555))


def test_labels_are_those_of_both_splits(tmp_path):
    """A class without training images does not shift the others."""
    write_lists(tmp_path, 2, 1)
    for split, labels in [('train', [2, 1]), ('test', [0])]:
        dataset = NABirds(str(tmp_path), split, check_size=False)
        assert list(dataset.get_gt_labels()) == labels
        assert len(dataset.CLASSES) == 3


def test_wrong_size_is_refused(tmp_path):
    write_lists(tmp_path, 555, 1)
    with pytest.raises(
            UserError, match="555 images of split='train', not 23929"):
        NABirds(str(tmp_path))


@pytest.mark.parametrize(
    'name', ['images', 'image_class_labels', 'train_test_split', 'classes'])
def test_missing_list(tmp_path, name):
    write_lists(tmp_path, 2, 1)
    (tmp_path / f'{name}.txt').unlink()
    with pytest.raises(
            UserError,
            match=f'/{name}.txt" is missing; unpack nabirds.tar.gz of '
            'https://dl.allaboutbirds.org/nabirds'):
        NABirds(str(tmp_path))


@pytest.mark.parametrize('name, first', [
    ('image_class_labels', '00000001-dead-beef'),
    ('train_test_split', '00000001-dead-beef'),
    ('classes', '1111'),
])
def test_cut_list(tmp_path, name, first):
    write_lists(tmp_path, 2, 1)
    path = tmp_path / f'{name}.txt'
    lines = path.read_text().splitlines(keepends=True)
    cut = 1 if len(lines) == 3 else CLASSES[-4] + 1
    path.write_text(''.join(lines[:cut]))
    with pytest.raises(
            UserError, match=rf'{name}.txt" lacks \d lines, that of {first}'):
        NABirds(str(tmp_path))
