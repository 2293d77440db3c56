"""What takes the place of mmengine's loaders."""
import hashlib
import json
import os
import shutil
from contextlib import nullcontext

import pytest
import torch
from mmengine.runner import load_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

from protune_mm.engine import checkpoint_loaders
from protune_mm.engine.checkpoint_loaders import fetch, fetch_folder, resolve
from protune_mm.errors import UserError
from protune_mm.tuning.base import origin_of
from protune_mm.tuning.published_folder import MANIFEST
from tests.bad_files import with_code
from tests.file_server import serving
from tests.test_tuning.test_published_folder import WEIGHTS
from tests.test_tuning.test_published_folder import write as write_task


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A cache of its own, and no proxy."""
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path / 'hub'))
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    return tmp_path / 'hub/checkpoints'


@pytest.fixture
def weights(tmp_path):
    """The content of a file, and how its hash begins."""
    path = tmp_path / 'weights.pth'
    torch.save(
        dict(state_dict={
            'backbone.weight': torch.ones(1, 1),
            'head.bias': torch.ones(1)
        }), path)
    content = path.read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:8]


def announced(content):
    return content, len(content)


@pytest.mark.parametrize('name', [
    'x.pth', 'https://example.org/x.pth', 'torchvision://resnet50',
    'modelzoo://resnet50', 'open-mmlab://x', 'openmmlab://x', 'mmcls://x',
    's3://x', 'openmmlab:s3://x', 'petrel://x', 'pavi://x'
])
def test_no_loader_of_mmengine_is_left(name):
    loader = CheckpointLoader._get_checkpoint_loader(name)
    assert loader.__module__ == checkpoint_loaders.__name__


def test_nothing_is_run(weights, tmp_path):
    good = tmp_path / 'weights.pth'
    path = with_code(good, tmp_path / 'x.pth', 'zip', tmp_path / 'ran')
    with pytest.raises(UserError, match='holds posix.system'):
        load_checkpoint(nn.Linear(1, 1), str(path))
    assert not (tmp_path / 'ran').exists()


def test_at_home(weights, tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    content = load_task('~/weights.pth')
    assert origin_of(content['state_dict'],
                     '')['checkpoint'] == str(tmp_path / 'weights.pth')
    write_task(tmp_path / 'task')
    assert load_task('~/task')['state_dict']


def test_the_hash_in_a_name(hub, weights):
    content, digest = weights
    files = {
        f'x-{digest}.pth': announced(content),
        'y-deadbeef.pth': announced(content),
        'z_20200130.pth': announced(content),
        'z-20200130.pth': announced(content),
        'r-50.pth': announced(content)
    }
    with serving(files) as (url, asked):
        for name in files:
            if name == 'y-deadbeef.pth':
                continue
            path = fetch(f'{url}/{name}')
            # Without a hash a name is that of many files.
            own = name == f'x-{digest}.pth'
            assert (path == str(hub / name)) == own and path.endswith(name)
        with pytest.raises(UserError) as info:
            fetch(f'{url}/y-deadbeef.pth')
        assert f'{url}/y-deadbeef.pth should have the SHA-256' in str(
            info.value)
        assert f'put it at {hub}/y-deadbeef.pth.' in str(info.value)
        assert len(list(hub.iterdir())) == len(files) - 1
        # One that was let into the cache before.
        (hub / 'y-deadbeef.pth').write_bytes(content)
        with pytest.raises(UserError, match=f'^{hub}/y.*should have.*delete'):
            fetch(f'{url}/y-deadbeef.pth')
        assert asked.count('y-deadbeef.pth') == 1


def test_files_of_one_name(hub, weights, tmp_path):
    content, _ = weights
    other = tmp_path / 'other.pth'
    torch.save(dict(state_dict=dict(x=torch.zeros(2))), other)
    files = {
        'a/model.pth': announced(content),
        'b/model.pth': announced(other.read_bytes())
    }
    with serving(files) as (url, asked):
        for _ in range(2):
            states = [
                load_task(f'{url}/{name}')['state_dict'] for name in files
            ]
            assert [len(state) for state in states] == [2, 1]
        assert sorted(asked) == sorted(files)
    # One that somebody has put there is taken, whatever its address.
    (hub / 'model.pth').write_bytes(content)
    assert fetch('https://example.org/c/model.pth') == str(hub / 'model.pth')


def test_half_a_download(hub, weights):
    content, _ = weights
    files = {'x.pth': (content[:len(content) // 2], len(content))}
    with serving(files) as (url, _):
        with pytest.raises(UserError, match=f'^{url}/x.pth is damaged or cut'):
            fetch(f'{url}/x.pth')
        assert not list(hub.iterdir())
        files['x.pth'] = announced(content)
        assert CheckpointLoader.load_checkpoint(f'{url}/x.pth')['state_dict']


def test_not_there(hub):
    with serving({}) as (url, _):
        with pytest.raises(
                UserError, match='not be fetched .Not Found.: down'):
            fetch(f'{url}/x.pth')


def test_names_of_zoos(hub, weights, tmp_path, monkeypatch):
    with pytest.raises(UserError, match='mmcls has no weights named x'):
        resolve('mmcls://x')
    monkeypatch.setenv('MMENGINE_HOME', str(tmp_path))
    with serving({'x.pth': announced(weights[0])}) as (url, _):
        (tmp_path / 'open_mmlab.json').write_text(
            json.dumps(dict(far=f'{url}/x.pth', near='weights.pth')))
        monkeypatch.setitem(checkpoint_loaders.ZOOS, 'mmcls',
                            lambda: dict(x=f'{url}/x.pth'))
        load = CheckpointLoader.load_checkpoint
        assert len(load('open-mmlab://far')['state_dict']) == 2
        assert len(load('open-mmlab://near')['state_dict']) == 2
        assert list(load('mmcls://x')['state_dict']) == ['weight']


def test_from_a_storage(weights, tmp_path, monkeypatch):
    monkeypatch.setattr('mmengine.fileio.get_local_path',
                        lambda *args, **kwargs: nullcontext(tmp_path / 'x'))
    (tmp_path / 'x').write_bytes(weights[0])
    assert CheckpointLoader.load_checkpoint('s3://x/y.pth')['state_dict']
    (tmp_path / 'x').write_bytes(b'')
    with pytest.raises(UserError, match='^s3://x/y.pth is empty'):
        CheckpointLoader.load_checkpoint('s3://x/y.pth')


TASK = 'x-0123abcd'


@pytest.fixture
def served(tmp_path):
    """The files of a published task, as the server has them."""
    folder = write_task(tmp_path / 'task')
    return {
        f'{TASK}/{path.name}': announced(path.read_bytes())
        for path in folder.iterdir()
    }


def load_task(url):
    return CheckpointLoader.load_checkpoint(url, 'cpu', logger='silent')


def test_a_published_task(hub, served):
    with serving(served) as (url, asked):
        for ending in ('', '/'):
            content = load_task(f'{url}/{TASK}{ending}')
            assert content['state_dict']['fc.weight'].shape == (2, 3)
            assert content['meta']['dataset_meta']['classes'] == ('a', 'b')
        assert sorted(asked) == sorted(served)  # each once
    # Now from the cache: the server is gone.
    assert load_task(f'{url}/{TASK}')['state_dict']
    assert [path.name for path in hub.iterdir()] == [TASK]


def test_tasks_of_one_name(hub, served):
    files = {
        f'{place}/pets/{name.split("/")[1]}': content
        for place in 'ab'
        for name, content in served.items()
    }
    with serving(files) as (url, asked):
        for _ in range(2):
            folders = {fetch_folder(f'{url}/{place}/pets/') for place in 'ab'}
            assert len(folders) == 2
        assert sorted(asked) == sorted(files)


def test_another_process_was_first(hub, served, monkeypatch):
    """Of two that fetch a task at once, both get it."""
    replace = os.replace

    def late(part, cached):
        shutil.copytree(part, cached)
        replace(part, cached)

    monkeypatch.setattr(os, 'replace', late)
    with serving(served) as (url, _):
        assert fetch_folder(f'{url}/{TASK}') == str(hub / TASK)
    assert [path.name for path in hub.iterdir()] == [TASK]


def test_a_task_that_is_all_of_a_server(hub, served):
    files = {name.split('/')[1]: value for name, value in served.items()}
    hub.mkdir(parents=True)
    (hub / 'other.pth').touch()
    with serving(files) as (url, _):
        assert load_task(f'{url}/')['state_dict']
        assert load_task(f'{url}/')['state_dict']


@pytest.mark.parametrize('name', [MANIFEST, WEIGHTS, 'config.py'])
def test_a_task_without_a_file(name, hub, served):
    kept = served.pop(f'{TASK}/{name}')
    with serving(served) as (url, _):
        with pytest.raises(UserError) as info:
            load_task(f'{url}/{TASK}')
        assert str(info.value) == (
            f'The published task {url}/{TASK} could not be fetched (Not Found)'
            f': download its files elsewhere and put them into {hub}/{TASK}.')
        assert not list(hub.iterdir())
        served[f'{TASK}/{name}'] = kept
        assert load_task(f'{url}/{TASK}')['state_dict']


@pytest.mark.parametrize('name', [WEIGHTS, 'config.py'])
def test_a_task_with_a_flipped_bit(name, hub, served):
    content = bytearray(served[f'{TASK}/{name}'][0])
    content[-3] ^= 1
    served[f'{TASK}/{name}'] = announced(bytes(content))
    with serving(served) as (url, _):
        with pytest.raises(UserError, match=f'{name} should have the SHA-256'):
            load_task(f'{url}/{TASK}')
    assert not list(hub.iterdir())


def test_a_bit_that_flips_in_the_cache(hub, served):
    with serving(served) as (url, _):
        folder = fetch_folder(f'{url}/{TASK}')
    content = bytearray((hub / TASK / WEIGHTS).read_bytes())
    content[-3] ^= 1
    (hub / TASK / WEIGHTS).write_bytes(content)
    with pytest.raises(UserError, match=f'^{folder}/{WEIGHTS} should have'):
        load_task(f'{url}/{TASK}')


@pytest.mark.parametrize('change', [
    lambda text: text.replace(b'"format": 1', b'"format": 3'),
    lambda text: text[:-1],
    lambda text: b'<html>Welcome to this network</html>',
    lambda text: text.replace(b'"weights"', b'"veights"'),
])
def test_another_manifest(change, hub, served):
    text = served[f'{TASK}/{MANIFEST}'][0]
    assert change(text) != text
    served[f'{TASK}/{MANIFEST}'] = announced(change(text))
    with serving(served) as (url, asked):
        with pytest.raises(UserError, match='is damaged|is of format 3'):
            load_task(f'{url}/{TASK}')
    assert asked == [f'{TASK}/{MANIFEST}'] and not list(hub.iterdir())


@pytest.mark.parametrize('name', ['../x', '..', 'a/b', '../../../x.pth'])
def test_a_manifest_that_names_files_elsewhere(name, hub, served, tmp_path):
    before = {path for path in tmp_path.rglob('*') if hub not in path.parents}
    manifest = json.loads(served[f'{TASK}/{MANIFEST}'][0])
    digest = hashlib.sha256(b'x').hexdigest()
    manifest['files'] = {name: digest, **manifest['files']}
    served[f'{TASK}/{MANIFEST}'] = announced(json.dumps(manifest).encode())
    served[f'{TASK}/{name}'] = served['x'] = announced(b'x')
    with serving(served) as (url, asked):
        with pytest.raises(UserError, match='is damaged: get the file again'):
            load_task(f'{url}/{TASK}')
    assert asked == [f'{TASK}/{MANIFEST}']
    after = {path for path in tmp_path.rglob('*') if hub not in path.parents}
    assert not list(hub.iterdir()) and after - before <= {hub, hub.parent}
