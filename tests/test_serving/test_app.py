"""The application as Ray Serve's own command and config files build it."""
import pytest

from protune_mm.errors import UserError
from protune_mm.serving.app import TaskServer, build


def deployment(**settings):
    return build(settings)._bound_deployment


def test_settings_arrive():
    found = deployment(tasks='a=/x,b=https://y/z/', replicas='3', cpus='2')
    assert found.name == TaskServer.name and found.num_replicas == 3
    assert found.ray_actor_options == dict(num_cpus=2)
    assert found.init_args == (dict(a='/x', b='https://y/z/'), 'cpu', 10, 20)


def test_gpu():
    found = deployment(tasks=['a=/x'], device='cuda', gpus=0.5, loaded=2)
    assert found.ray_actor_options == dict(num_cpus=1, num_gpus=0.5)
    assert found.init_args[1:3] == ('cuda', 2)


def test_bad_setting():
    with pytest.raises(UserError, match='setting loaded 0'):
        build(dict(tasks='a=/x', loaded=0))
