"""Tests of VTAB-1k on lists like those of vtab-1k.zip."""
from collections import Counter

import pytest
from mmpretrain.registry import DATASETS

from protune_mm.datasets.published.vtab1k import TASKS, VTAB1k
from protune_mm.errors import UserError

SIZES = dict(train800=800, val200=200, train800val200=1000)


def write_list(root, task, split, number):
    """Write a list that goes through the labels, and its first image."""
    folder = root / task
    lines = [
        f'images/{split}/{i:06}.jpg {i % TASKS[task].classes}\n'
        for i in range(number)
    ]
    image = folder / f'images/{split}/000000.jpg'
    image.parent.mkdir(parents=True, exist_ok=True)
    image.touch()
    (folder / f'{split}.txt').write_text(''.join(lines))
    return folder / f'{split}.txt'


def test_tasks():
    """The figures of the benchmark."""
    assert Counter(task.group for task in TASKS.values()) == dict(
        natural=7, specialized=4, structured=8)
    assert [task.classes for task in TASKS.values()] == [
        100, 102, 47, 102, 37, 10, 397, 2, 10, 45, 5, 8, 6, 6, 4, 16, 16, 18, 9
    ]
    assert sum(task.test_size for task in TASKS.values()) == 387904


@pytest.mark.parametrize('task', TASKS)
@pytest.mark.parametrize('split, size', SIZES.items())
def test_lists_of_all_tasks(tmp_path, task, split, size):
    write_list(tmp_path, task, split, size)
    dataset = DATASETS.build(
        dict(type='VTAB1k', data_root=str(tmp_path), task=task, split=split))
    assert len(dataset) == size
    assert dataset.test_mode == (split == 'val200')
    classes = TASKS[task].classes
    assert dataset.CLASSES == tuple(str(i) for i in range(classes))
    last = dataset.get_data_info(size - 1)
    assert last['gt_label'] == (size - 1) % classes
    assert last['img_path'] == str(tmp_path / task /
                                   f'images/{split}/{size - 1:06}.jpg')
    assert repr(dataset).endswith(f'Task: \t\t{task}')


@pytest.mark.parametrize('split, size', [*SIZES.items(), ('test', 1880)])
@pytest.mark.parametrize('extra', [-1, 1])
def test_wrong_size_is_refused(tmp_path, split, size, extra):
    write_list(tmp_path, 'dtd', split, size + extra)
    with pytest.raises(
            UserError,
            match=f"has {size + extra} images of split='{split}', not {size}"):
        VTAB1k(str(tmp_path), 'dtd', split)
    subset = VTAB1k(str(tmp_path), 'dtd', split, check_size=False)
    assert len(subset) == size + extra


def test_size_of_some_test_sets_is_not_checked(tmp_path):
    """Of those that no published code or documentation states."""
    write_list(tmp_path, 'kitti', 'test', 710)
    dataset = VTAB1k(str(tmp_path), 'kitti', 'test')
    assert len(dataset) == 710 and dataset.test_mode


@pytest.mark.parametrize('options, message', [
    (dict(task='vtab'), "task='vtab' is not known; give one of cifar, calt"),
    (dict(split='train'), "split='train' is not known; give one of train800,"),
])
def test_names_must_be_known(tmp_path, options, message):
    with pytest.raises(UserError, match=message):
        VTAB1k(str(tmp_path), **options)


def test_missing_list(tmp_path):
    with pytest.raises(
            UserError,
            match=f'"{tmp_path}/svhn/val200.txt" is missing; unpack '
            'vtab-1k.zip of https://.* of the NOAH project so that data_root'):
        VTAB1k(str(tmp_path), 'svhn', 'val200')


@pytest.mark.parametrize('line', [
    'images/val200/000200.jpg 4', 'images/val200/000200.jpg -1',
    'images/val200/000200.jpg cat', 'images/val200/000200.jpg', '3'
])
def test_wrong_line_is_refused(tmp_path, line):
    path = write_list(tmp_path, 'kitti', 'val200', 199)
    with path.open('a') as file:
        file.write(line + '\n')
    with pytest.raises(
            UserError,
            match=f'"{path}" has the line "{line}", which is not a path and '
            'a label of 0 to 3; unpack vtab-1k.zip'):
        VTAB1k(str(tmp_path), 'kitti', 'val200')
