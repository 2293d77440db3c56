"""What is told of data sets is told of data sets that there are."""
from importlib import import_module

import pytest

from protune_mm.apis.sources import SOURCES


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
