"""What is looked at before a server starts."""
import os
import socket
import sys
from types import SimpleNamespace

import pytest

from protune_mm.errors import UserError
from protune_mm.serving import server


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in (*server.ENVIRONMENT, 'RAY_AUTH_TOKEN'):
        monkeypatch.setenv(name, '')


def test_without_ray(monkeypatch):
    monkeypatch.setitem(sys.modules, 'ray', None)
    with pytest.raises(UserError, match=r'pip install "protune_mm\[serve\]"'):
        server.serve_here(dict(tasks='a=/x'), '127.0.0.1', 0)


def test_ray_is_told():
    server._check_ray()
    assert os.environ['RAY_USAGE_STATS_ENABLED'] == '0'
    token = os.environ['RAY_AUTH_TOKEN']
    server._check_ray()
    assert len(token) == 64 and os.environ['RAY_AUTH_TOKEN'] != token


@pytest.mark.parametrize('host, port', [('127.0.0.1', 99999),
                                        ('192.0.2.77', 8000)])
def test_no_such_address(host, port):
    with pytest.raises(UserError, match=f'--host {host} --port {port} cannot'):
        server._check_address(host, port)


def test_taken():
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match='cannot be listened at'):
            server._check_address('127.0.0.1', port)
    server._check_address('127.0.0.1', port)


def test_a_task_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match='no published task'):
        server.serve_here(dict(tasks=f'a={tmp_path}'), '127.0.0.1', 0)


def test_share_of_the_machine(monkeypatch):
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: range(6))
    settings = SimpleNamespace(replicas=4, device='cuda')
    with pytest.raises(UserError, match='no GPU here'):
        monkeypatch.setattr('torch.cuda.device_count', lambda: 0)
        server._share_machine(settings)
    monkeypatch.setattr('torch.cuda.device_count', lambda: 2)
    server._share_machine(settings)
    assert (settings.cpus, settings.gpus) == (1, 0.5)
    settings = SimpleNamespace(replicas=2, device='cpu')
    server._share_machine(settings)
    assert vars(settings) == dict(replicas=2, device='cpu', cpus=3)


def status_of(message):
    replicas = SimpleNamespace(message=message)
    application = SimpleNamespace(deployments=dict(TaskServer=replicas))
    return SimpleNamespace(applications={server.NAME: application})


def test_reason():
    """As Ray reports that a replica did not start."""
    said = ('Deploying application failed.\nprotune_mm.errors.UserError: '
            "Task 'a': no.\n\nDuring handling\nray.x.UserError: Task 'a': no "
            'base.\n')
    assert server._reason(status_of(said)) == "Task 'a': no base."
    assert not server._reason(status_of('The raylet died.'))
