"""Weights from the web, through the command line."""
import hashlib

import pytest

from tests.file_server import serving
from tests.small_classifier import write_config
from tests.test_tools.test_bad_checkpoints import OPTION, train
from tests.test_tools.test_bad_input import refused


@pytest.fixture(scope='module')
def work(tmp_path_factory):
    """A config and the content of its weights."""
    config, weights = write_config(tmp_path_factory.mktemp('work'))
    return config, weights.read_bytes()


def start(work, url, folder):
    return train(
        work[0],
        folder / 'run',
        '--cfg-options',
        f'{OPTION}={url}',
        TORCH_HOME=str(folder),
        no_proxy='127.0.0.1')


def test_the_hash_in_a_name(work, tmp_path):
    content = work[1]
    digest = hashlib.sha256(content).hexdigest()
    wrong, right = 'x-deadbeef.pth', f'x-{digest[:8]}.pth'
    cache = tmp_path / 'hub/checkpoints'
    files = {name: (content, len(content)) for name in (wrong, right)}
    with serving(files) as (url, _):
        sentence = refused(start(work, f'{url}/{wrong}', tmp_path))
        assert f'{url}/{wrong} should have the SHA-256 deadbeef' in sentence
        assert f'has {digest[:8]}' in sentence
        assert not list(cache.iterdir())
        (cache / wrong).write_bytes(content)  # as it was accepted before
        sentence = refused(start(work, f'{url}/{wrong}', tmp_path))
        assert f'{cache}/{wrong} should have' in sentence
        process = start(work, f'{url}/{right}', tmp_path)
        assert process.returncode == 0, process.stderr[-3000:]


def test_half_a_download_does_not_stay(work, tmp_path):
    content = work[1]
    files = {'x.pth': (content[:len(content) // 2], len(content))}
    with serving(files) as (url, _):
        sentence = refused(start(work, f'{url}/x.pth', tmp_path))
        assert f'{url}/x.pth is damaged or cut short' in sentence
        files['x.pth'] = content, len(content)
        process = start(work, f'{url}/x.pth', tmp_path)
        assert process.returncode == 0, process.stderr[-3000:]


def test_half_a_file_in_the_cache(work, tmp_path):
    cached = tmp_path / 'hub/checkpoints/x.pth'
    cached.parent.mkdir(parents=True)
    cached.write_bytes(work[1][:1000])
    sentence = refused(start(work, 'http://127.0.0.1:9/x.pth', tmp_path))
    assert f'{cached} is damaged or cut short' in sentence
    assert 'delete it, to fetch it again' in sentence
