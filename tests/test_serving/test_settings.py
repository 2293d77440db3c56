"""Settings, as of a command line and of a config file of Ray Serve."""
import pytest

from protune_mm.errors import UserError
from protune_mm.serving.settings import read_settings


@pytest.mark.parametrize('tasks', [
    dict(a='/x', b='/y'),
    ['a=/x', 'b=/y'],
    'a=/x,b=/y',
])
def test_tasks(tasks):
    assert read_settings(dict(tasks=tasks)).named() == dict(a='/x', b='/y')


def test_texts_of_serve_run():
    settings = read_settings(
        dict(tasks='a=/x', loaded='3', replicas='2', max_request_mb='0.5'))
    assert (settings.loaded, settings.replicas) == (3, 2)
    assert settings.max_request_mb == 0.5


@pytest.mark.parametrize('bad, said', [
    (dict(loaded=0), 'loaded 0 .*greater than or equal to 1'),
    (dict(replicas='x'), "replicas 'x' .*integer"),
    (dict(max_request_mb=-1), 'max_request_mb -1 .*greater than 0'),
    (dict(device='tpu'), "device 'tpu' .*'cpu' or 'cuda'"),
    (dict(port=1), 'port 1 .*not permitted'),
    (dict(tasks=None), 'tasks None cannot be taken'),
])
def test_bad(bad, said):
    with pytest.raises(UserError, match=f'setting {said}.*docs/serve.md'):
        read_settings(dict(dict(tasks='a=/x'), **bad))


def test_no_tasks():
    with pytest.raises(UserError, match='setting tasks cannot be taken'):
        read_settings({})
