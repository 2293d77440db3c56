"""Tests of the split of Caltech-101, and of the tool that makes it."""
import numpy as np
import pytest
from mmpretrain.datasets import Caltech101
from mmpretrain.datasets.categories import CALTECH101_CATEGORIES

from protune_mm.datasets.published.caltech101_split import split_caltech101
from protune_mm.errors import UserError
from tests.command_line import run_tool

# 9,144 images, 31 in the smallest class.
SIZES = [467, 31, *[86] * 54, *[87] * 46]


def make_images(folder, sizes=SIZES):
    for name, size in zip(CALTECH101_CATEGORIES, sizes):
        (folder / name).mkdir(parents=True)
        for i in range(1, size + 1):
            (folder / name / f'image_{i:04d}.jpg').touch()
    (folder / 'BACKGROUND_Google/tmp').touch()


@pytest.fixture(scope='module')
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp('archive')
    make_images(folder)
    return folder


@pytest.fixture
def root(images, tmp_path):
    """A folder without lists."""
    (tmp_path / '101_ObjectCategories').symlink_to(images)
    return tmp_path


def lists(root):
    return [(root / f'meta/{split}.txt').read_text()
            for split in ('train', 'test')]


def test_mmpretrain_reads_the_lists(root):
    assert split_caltech101(root) == dict(train=3060, test=6084)
    train, test = (
        Caltech101(data_root=str(root), split=split)
        for split in ('train', 'test'))
    assert (np.bincount(train.get_gt_labels()) == 30).all()
    assert np.bincount(
        test.get_gt_labels()).tolist() == [size - 30 for size in SIZES]
    paths = [
        dataset.get_data_info(i)['img_path'] for dataset in (train, test)
        for i in range(len(dataset))
    ]
    assert sorted(paths) == sorted(
        map(str, root.glob('101_ObjectCategories/*/*.jpg')))
    info = train.get_data_info(3059)
    assert info['gt_label'] == 101 and '/yin_yang/' in info['img_path']


def test_labels_are_the_order_of_the_sorted_folders():
    assert list(CALTECH101_CATEGORIES) == sorted(CALTECH101_CATEGORIES)
    assert CALTECH101_CATEGORIES[0] == 'BACKGROUND_Google'


def test_tool_and_seeds(root):

    def run(*options):
        return run_tool(
            'dataset_converters/caltech101_split.py',
            root.name,
            *options,
            cwd=root.parent)

    process = run()
    assert process.returncode == 0, process.stderr[-3000:]
    assert '3060 training and 6084 test images' in process.stdout
    first = lists(root)
    split_caltech101(root, seed=0)  # the same again
    assert lists(root) == first
    process = run('--seed', 1, '--num-train', 5)
    assert process.returncode == 2
    assert 'meta/train.txt" holds another split' in process.stderr
    assert lists(root) == first
    for file in (root / 'meta').iterdir():
        file.unlink()
    split_caltech101(root, seed=1)
    assert lists(root) != first


def test_other_list_alone_is_kept(root):
    """No half of a split is written."""
    (root / 'meta').mkdir()
    (root / 'meta/test.txt').write_text('Faces/image_0001.jpg 1\n')
    with pytest.raises(UserError, match='test.txt" holds another split'):
        split_caltech101(root)
    assert not (root / 'meta/train.txt').exists()


@pytest.mark.parametrize('options, message', [
    (dict(seed=-1), 'seed=-1 is out of range'),
    (dict(num_train=0), 'num_train=0 is out of range; give 1 to 30'),
    (dict(num_train=31), 'num_train=31 is out of range; give 1 to 30'),
])
def test_numbers_out_of_range(root, options, message):
    with pytest.raises(UserError, match=message):
        split_caltech101(root, **options)
    assert not (root / 'meta').exists()


@pytest.mark.parametrize('sizes, message', [
    ([1], 'does not hold the 102 classes .* Faces is missing'),
    ([1] * 102, 'holds 102 images, not 9144; unpack'),
])
def test_incomplete_images(tmp_path, sizes, message):
    make_images(tmp_path / '101_ObjectCategories', sizes)
    with pytest.raises(UserError, match=message):
        split_caltech101(tmp_path)


def test_missing_images(tmp_path):
    with pytest.raises(UserError, match='101_ObjectCategories" is missing'):
        split_caltech101(tmp_path)
