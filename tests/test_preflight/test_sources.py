"""What is told of data sets is told of data sets that there are."""
from importlib import import_module

import pytest

from protune_mm.preflight.sources import SOURCES


@pytest.mark.parametrize('name', SOURCES)
def test_hosts_have_these_data_sets(name):
    """A name that a host does not have would never be looked up."""
    hosts = [
        import_module(f'{host}.datasets')
        for host in ('mmpretrain', 'mmdet', 'mmseg')
    ]
    assert any(hasattr(host, name) for host in hosts)


@pytest.mark.parametrize('name', SOURCES)
def test_a_remedy_is_half_a_sentence_with_an_address(name):
    source = SOURCES[name]
    assert 'http' in source.remedy
    assert source.remedy[0].islower() and source.remedy[-1] != '.'


def test_files_are_those_that_the_hosts_read():
    from mmpretrain import datasets
    for name in ('CIFAR10', 'CIFAR100'):
        cls = getattr(datasets, name)
        path, = SOURCES[name].files
        assert path.split('/') == [cls.base_folder, cls.test_list[0][0]]
        assert cls.filename in SOURCES[name].remedy


def test_files_of_cub_are_those_that_mmpretrain_reads():
    from mmpretrain.datasets import CUB
    cub = CUB('root', lazy_init=True)
    read = (cub.img_prefix, cub.ann_file, cub.image_class_labels_file,
            cub.train_test_split_file)
    assert read == tuple(f'root/{file}' for file in SOURCES['CUB'].files)


@pytest.mark.parametrize('split, file', [
    ('test', 'cars_annos.mat'),
    ('train', 'devkit/cars_train_annos.mat'),
    ('test', 'devkit/cars_test_annos_withlabels.mat'),
])
def test_mmpretrain_finds_cars_in_either_layout(tmp_path, split, file):
    from mmpretrain.datasets import StanfordCars
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()
    cars = StanfordCars(str(tmp_path), split, lazy_init=True)
    assert cars.ann_file == str(tmp_path / file)
    for name in file.split('/'):
        assert name in SOURCES['StanfordCars'].remedy
