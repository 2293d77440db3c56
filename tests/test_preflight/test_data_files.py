"""Files of data sets that are missing: which, where from, where to."""
import re
from pathlib import Path

import pytest
from mmengine.config import Config

from protune_mm.datasets import NABirds
from protune_mm.datasets.published.caltech101_split import split_caltech101
from protune_mm.datasets.wrappers.long_tail_preset import LongTailPreset
from protune_mm.errors import UserError
from protune_mm.preflight import preflight
from protune_mm.reproduction.cells import Cell
from protune_mm.reproduction.compose import compose
from tests.command_line import CLOSED

FRAGMENTS = Path(__file__).parents[2] / 'configs/_base_/datasets'
CIFAR10 = ('data/cifar10', 'cifar-10-python.tar.gz of https://www.cs.toronto')
CIFAR100 = ('data/cifar100',
            'cifar-100-python.tar.gz of https://www.cs.toronto')
IMAGENET = ('data/imagenet', 'ILSVRC 2012 of https://image-net.org')
CALTECH = ('data/caltech-101', 'caltech-101.zip of https://data.caltech.edu')
CLOTHING = ('data/Clothing1M', 'as https://github.com/Cysu/noisy_label tells')
FLOWERS = ('data/Flowers102', '102flowers.tgz, and put imagelabels.mat')
PETS = ('data/Oxford-IIIT_Pets', 'images.tar.gz and annotations.tar.gz')
CUB = ('data/CUB_200_2011', 'CUB_200_2011.tgz of https://data.caltech.edu')
NABIRDS = ('data/nabirds', 'nabirds.tar.gz of https://dl.allaboutbirds.org')
CARS = ('data/Stanford_Cars', 'https://ai.stanford.edu/~jkrause/cars/')
VTAB = ('data/vtab-1k', 'vtab-1k.zip of https://github.com/luogen1996')
DOGS = ('data/StanfordDogs', 'images.tar and lists.tar of http://vision')
CALIFORNIA = 'https://people.eecs.berkeley.edu/~hendrycks'
# Folder and download of the training and of the test data.
NEEDED = dict(
    caltech101=(CALTECH, CALTECH),
    cifar10=(CIFAR10, CIFAR10),
    cifar100=(CIFAR100, CIFAR100),
    cifar10_c=(CIFAR10, ('data/CIFAR-10-C', 'CIFAR-10-C.tar from https://')),
    cifar100_c=(CIFAR100, ('data/CIFAR-100-C',
                           'CIFAR-100-C.tar from https://')),
    cifar10_lt=(CIFAR10, CIFAR10),
    cifar100_lt=(CIFAR100, CIFAR100),
    clothing1m=(CLOTHING, CLOTHING),
    cub=(CUB, CUB),
    flowers102=(FLOWERS, FLOWERS),
    flowers102_fgvc=(FLOWERS, FLOWERS),
    imagenet_a=(IMAGENET, ('data/imagenet-a', f'{CALIFORNIA}/imagenet-a.tar')),
    imagenet_r=(IMAGENET, ('data/imagenet-r', f'{CALIFORNIA}/imagenet-r.tar')),
    nabirds=(NABIRDS, NABIRDS),
    pets=(PETS, PETS),
    stanford_cars=(CARS, CARS),
    stanford_dogs=(DOGS, DOGS),
    vtab1k=(VTAB, VTAB))
LOADERS = ('train_dataloader', 'val_dataloader')


class LongTailBirds(LongTailPreset):
    stock = NABirds


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty folder to work in, and no network."""
    monkeypatch.chdir(tmp_path)
    for name in ('http_proxy', 'https_proxy'):
        monkeypatch.setenv(name, CLOSED)
    return tmp_path


def fragment(name):
    cfg = Config.fromfile(FRAGMENTS / f'{name}.py')
    cfg.merge_from_dict(dict(default_scope='mmpretrain', model={}))
    return cfg


def test_all_data_sets_are_tested():
    there = {path.stem for path in FRAGMENTS.glob('*.py')}
    others = {'images_224', 'digits', 'digits_96', 'digits_lt', 'digits_c'}
    assert there == {*NEEDED, *others}


@pytest.mark.parametrize('loader', LOADERS)
@pytest.mark.parametrize('name', NEEDED)
def test_missing_files_are_named(name, loader):
    folder, download = NEEDED[name][LOADERS.index(loader)]
    # A download that failed leaves a folder, which must not count.
    for attempt in range(2):
        with pytest.raises(UserError) as raised:
            preflight(fragment(name), [loader])
        message = str(raised.value)
        assert re.search(rf'(needs|in) {folder}[/,]', message)
        assert download in message
        fetched = folder in ('data/cifar10', 'data/cifar100')
        assert ('could not be fetched' in message) == fetched
        assert message.endswith(
            f'--cfg-options {loader}.dataset.data_root=FOLDER.')


@pytest.mark.parametrize('name',
                         ['digits', 'digits_96', 'digits_lt', 'digits_c'])
def test_embedded_data_need_no_files(name):
    preflight(fragment(name))


@pytest.mark.parametrize('name, files', [
    ('flowers102', ['jpg', 'imagelabels.mat', 'setid.mat']),
    ('cub', ['images', 'images.txt', 'image_class_labels.txt']),
    ('pets', ['images', 'annotations/trainval.txt']),
    ('caltech101', ['101_ObjectCategories', 'meta/train.txt']),
])
def test_part_of_the_files_is_not_enough(name, files):
    root = Path(NEEDED[name][0][0])
    root.mkdir(parents=True)
    for file in files:
        with pytest.raises(UserError, match=f'needs {root / file}, which'):
            preflight(fragment(name))
        (root / file).mkdir(parents=True)


def write_lists(root, lists):
    for name, lines in lists.items():
        path = Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('x 0 0 0\n' * lines)


@pytest.mark.parametrize('name, folders, lists', [
    ('cub', ['images'], {
        'images.txt': 11788,
        'image_class_labels.txt': 11788,
        'train_test_split.txt': 11788
    }),
    ('pets', ['images'], {
        'annotations/trainval.txt': 3680,
        'annotations/test.txt': 3669
    }),
    ('caltech101', ['101_ObjectCategories'], {
        'meta/train.txt': 3060,
        'meta/test.txt': 6084
    }),
])
def test_lists_must_be_complete(name, folders, lists):
    root = NEEDED[name][0][0]
    for folder in folders:
        Path(root, folder).mkdir(parents=True)
    write_lists(root, lists)
    preflight(fragment(name))
    for file, expected in lists.items():
        for found in (expected - 1, expected + 1, 2 * expected):
            write_lists(root, {**lists, file: found})
            with pytest.raises(
                    UserError,
                    match=f'{file} lists {found} images, not {expected}: '
                    'unpack .*data_root=FOLDER'):
                preflight(fragment(name))
        write_lists(root, lists)


def test_the_lists_of_caltech_come_from_our_tool(place):
    from mmpretrain.datasets.categories import CALTECH101_CATEGORIES
    root = place / 'data/caltech-101'
    sizes = [91] * 9 + [90] * 92 + [45]
    assert sum(sizes) == 9144
    for name, size in zip(CALTECH101_CATEGORIES, sizes):
        folder = root / '101_ObjectCategories' / name
        folder.mkdir(parents=True)
        for i in range(size):
            (folder / f'image_{i:04}.jpg').touch()
    split_caltech101(root)
    preflight(fragment('caltech101'))


def test_what_is_there_is_not_fetched():
    Path('data/cifar100/cifar-100-python/test').mkdir(parents=True)
    preflight(fragment('cifar100_lt'))


def test_a_preset_needs_the_files_of_its_data_set():
    cfg = fragment('nabirds')
    cfg.train_dataloader.dataset.type = LongTailBirds
    with pytest.raises(UserError, match='needs data/nabirds.*nabirds.tar.gz'):
        preflight(cfg, ['train_dataloader'])


def test_a_preset_does_not_fetch_what_it_refuses(monkeypatch):
    monkeypatch.setattr(
        'mmpretrain.datasets.cifar.'
        'download_and_extract_archive', pytest.fail)
    cfg = fragment('cifar10_lt')
    cfg.train_dataloader.dataset.split = 'test'
    with pytest.raises(UserError, match="LongTailCIFAR10: split='test' has"):
        preflight(cfg)


def test_data_of_200_classes_suit_their_heads():
    """ImageNet's own 1,000 names are not those of a subset of it."""
    for name in ('imagenet_a', 'imagenet_r'):
        for root in ('data/imagenet', f'data/{name.replace("_", "-")}'):
            Path(root).mkdir(parents=True, exist_ok=True)
        cell = Cell('5', 'classifier', 'deit_small', 'scratch', '', name)
        preflight(compose(cell, FRAGMENTS.parents[1]))
