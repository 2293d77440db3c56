"""Published folders are checked before they are used."""
import hashlib
import json

import pytest
import torch
from safetensors.torch import save_file

from protune_mm.errors import UserError
from protune_mm.tuning.published_folder import (CONFIG, FOLDER_URL, MANIFEST,
                                                check_file, is_published,
                                                is_there, read_manifest,
                                                read_published_weights,
                                                sha256_of)

WEIGHTS = 'delta-0.safetensors'
DAMAGED = f'^{MANIFEST} in .* is damaged: get the file again'


def write(folder, **changes):
    """A published folder; its manifest with changes."""
    folder.mkdir(exist_ok=True)
    save_file({'fc.weight': torch.arange(6.).view(2, 3)}, folder / WEIGHTS)
    (folder / CONFIG).write_text('model = dict()\n')
    files = {name: sha256_of(folder / name) for name in (WEIGHTS, CONFIG)}
    manifest = dict(
        format=1,
        weights=WEIGHTS,
        files=files,
        dataset_meta="{'classes': ('a', 'b')}")
    manifest.update(changes)
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return folder


def test_sha256_of(tmp_path):
    (tmp_path / 'x').write_bytes(b'x' * 10**6)
    digest = hashlib.sha256(b'x' * 10**6).hexdigest()
    assert sha256_of(tmp_path / 'x') == digest


def test_reading(tmp_path):
    content = read_published_weights(write(tmp_path / 'x'))
    assert content['meta'] == dict(dataset_meta=dict(classes=('a', 'b')))
    expected = torch.arange(6.).view(2, 3)
    assert torch.equal(content['state_dict']['fc.weight'], expected)


def test_without_a_data_set(tmp_path):
    for meta in ('{}', None):
        changes = {} if meta is None else dict(dataset_meta=meta)
        folder = write(tmp_path / 'x', **changes)
        if meta is None:
            manifest = json.loads((folder / MANIFEST).read_text())
            del manifest['dataset_meta']
            (folder / MANIFEST).write_text(json.dumps(manifest))
        assert read_published_weights(folder)['meta'] == {}


def test_is_there(tmp_path):
    folder = write(tmp_path / 'x')
    assert is_published(folder) and not is_published(tmp_path)
    assert is_there(str(folder)) and is_there(str(folder / WEIGHTS))
    assert is_there('https://example.org/none')
    assert not is_there(str(tmp_path)) and not is_there(f'{tmp_path}/none')


def test_no_published_folder(tmp_path):
    (tmp_path / 'file').touch()
    for path in (tmp_path, tmp_path / 'none', tmp_path / 'file'):
        with pytest.raises(UserError, match=f'^{path} has no {MANIFEST}, so'):
            read_manifest(path)
    with pytest.raises(UserError, match='^its name has no'):
        read_manifest(tmp_path, 'its name')


@pytest.mark.parametrize('text', [
    '', '[]', '1', 'null', '{', '{}', '\0', '"x"',
    pytest.param(100000 * '[', id='deep')
])
def test_no_manifest(text, tmp_path):
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(UserError, match=DAMAGED):
        read_manifest(tmp_path)


def test_no_text(tmp_path):
    (tmp_path / MANIFEST).write_bytes(b'\xff\xfe\x00')
    with pytest.raises(UserError, match=DAMAGED):
        read_manifest(tmp_path)


def test_a_newer_format(tmp_path):
    with pytest.raises(UserError, match='is of format 2, .* install a newer'):
        read_manifest(write(tmp_path / 'x', format=2))


@pytest.mark.parametrize('name', [
    '../x', '/etc/passwd', 'a/b', '..', '.', '', './x', 'x/', '.x', '~', 'a b',
    'a\0b', 'a\nb', 'x?y', '%2e%2e'
])
def test_files_elsewhere(name, tmp_path):
    """Neither as weights nor as one of the files."""
    for changes in (dict(weights=name,
                         files={name:
                                '0'}), dict(files={
                                    WEIGHTS: '0',
                                    name: '0'
                                })):
        with pytest.raises(UserError, match=DAMAGED):
            read_manifest(write(tmp_path / 'x', **changes))


@pytest.mark.parametrize('changes', [
    dict(weights=None),
    dict(weights=5),
    dict(weights=['x']),
    dict(weights='other'),
    dict(files=None),
    dict(files=[WEIGHTS]),
    dict(files={}),
])
def test_other_kinds(changes, tmp_path):
    with pytest.raises(UserError, match=DAMAGED):
        read_manifest(write(tmp_path / 'x', **changes))


@pytest.mark.parametrize('text', [
    '[', '5', '"x"', 'open("x")', '[1]', 'None.x', '__import__("os")',
    pytest.param(5000 * '-' + '1', id='deep')
])
def test_no_dataset_meta(text, tmp_path):
    with pytest.raises(UserError, match=DAMAGED):
        read_published_weights(write(tmp_path / 'x', dataset_meta=text))


def test_each_byte_counts(tmp_path):
    folder = write(tmp_path / 'x')
    path, manifest = folder / WEIGHTS, read_manifest(folder)
    content = path.read_bytes()
    for position in range(0, len(content), 7):
        changed = bytearray(content)
        changed[position] ^= 1
        path.write_bytes(changed)
        with pytest.raises(UserError, match=f'^{path} should have the SHA-25'):
            check_file(folder, WEIGHTS, manifest)
    path.write_bytes(content)
    assert check_file(folder, WEIGHTS, manifest) == path
    path.write_bytes(content[:-1])
    with pytest.raises(UserError, match='should have the SHA-256'):
        read_published_weights(folder)
    path.unlink()
    with pytest.raises(UserError, match=f'There is no {WEIGHTS} in {folder}'):
        read_published_weights(folder)


@pytest.mark.parametrize('digest', [None, 5, '', ['x']])
def test_no_hash(digest, tmp_path):
    folder = write(tmp_path / 'x', files={WEIGHTS: digest, CONFIG: digest})
    with pytest.raises(UserError, match='should have the SHA-256'):
        read_published_weights(folder)


def test_addresses_of_folders():
    for url in ('https://a.org/x-0123abcd', 'http://a.org/x/'):
        assert FOLDER_URL.search(url)
    for url in ('https://a.org/x-0123abcd.pth', 'http://a.org/x'):
        assert not FOLDER_URL.search(url)
