"""What setup.py puts into the wheel, and beside the sources."""
import os
import re
import zipfile

import pytest
import yaml

from tests.command_line import ROOT
from tests.installation import (build_wheel, copy_sources, documented_example,
                                install)

MIM = 'protune_mm/.mim'


def leaves():
    """Names of the configs that are no part of others."""
    return {
        path.relative_to(ROOT / 'configs').as_posix()
        for path in (ROOT / 'configs').rglob('*_*.py')
        if '_base_' not in path.parts
    }


@pytest.fixture(scope='module')
def archive(tmp_path_factory):
    """ZipFile: The wheel."""
    return zipfile.ZipFile(build_wheel(tmp_path_factory.mktemp('setup')))


def test_contents(archive):
    names = set(archive.namelist())
    expected = {
        f'{MIM}/{path.relative_to(ROOT)}'
        for folder in ('configs', 'tools')
        for path in (ROOT / folder).rglob('*.py')
    }
    expected -= {f'{MIM}/tools/{x}.py' for x in ('setup_env', 'model_index')}
    expected |= {
        f'{MIM}/{x}'
        for x in ('configs/demo/resnet18_slim_letters.pth',
                  'configs/metafile.yml', 'model-index.yml',
                  'tools/dist_train.sh', 'tools/dist_test.sh',
                  'tools/slurm_train.sh')
    }
    assert {name for name in names if name.startswith(MIM)} == expected
    modules = [
        archive.read(name).decode() for name in names
        if name.startswith('protune_mm/configs')
    ]
    assert len(modules) == len(leaves())
    assert set(re.findall("__config__ = '(.*)'", ''.join(modules))) == leaves()
    for data in ('reproduction/paper_results.csv',
                 'datasets/published/imagenet200.json'):
        assert f'protune_mm/{data}' in names
    assert not [name for name in names if name.startswith('tests')]
    for file in archive.infolist():
        if file.filename.endswith('.sh'):
            assert file.external_attr >> 16 & 0o111 == 0o111, file.filename


def test_index(archive):

    def load(name):
        return yaml.safe_load(archive.read(f'{MIM}/{name}'))

    path, = load('model-index.yml')['Import']
    index = load(path)
    collections = {collection['Name'] for collection in index['Collections']}
    assert collections == {model['In Collection'] for model in index['Models']}
    indexed = {model['Config'] for model in index['Models']}
    assert len(indexed) == len(index['Models'])
    assert {f'{MIM}/{config}' for config in indexed} <= set(archive.namelist())
    # Without a file's name there, `mim download` gives the config alone. With
    # two files of a config's name, `mim train` does not know which.
    assert {os.path.basename(x['Weights']) for x in index['Models']} == {''}
    files = [os.path.basename(name) for name in archive.namelist()]
    for config in indexed:
        assert files.count(os.path.basename(config)) == 1, config
    # The configs that pre-train the demo's backbones tune nothing.
    assert {f'configs/{name}'
            for name in leaves()} - indexed == {
                'configs/demo/resnet18_slim_letters.py',
                'configs/demo/vit_slim_letters.py'
            }


def test_editable_install(tmp_path):
    """It leaves the same beside the sources."""
    place = tmp_path / 'checkout'
    place.mkdir()
    copy_sources(place)
    use = install(tmp_path, '-e', place)
    assert str(place) in documented_example(use, tmp_path)
    files = {str(path.relative_to(place)) for path in place.rglob('.mim/**/*')}
    assert files == {
        '.mim/' + name
        for name in ('configs', 'configs/metafile.yml', 'model-index.yml')
    }
