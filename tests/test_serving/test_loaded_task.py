"""A task leaves its pool when nobody uses it any longer."""
import threading

import pytest

from protune_mm.errors import UserError
from protune_mm.serving.loaded_task import LoadedTask


class Pool(dict):
    """As a pool behaves."""

    def add(self, name, address):
        if not address:
            raise UserError('nothing there')
        assert name not in self
        self[name] = address

    def remove(self, name):
        del self[name]

    def predict(self, name, path):
        return self[name], path


def test_comes_and_goes():
    pool = Pool()
    task = LoadedTask(pool, 'a', '/x')
    assert task.predict('image') == ('/x', 'image')
    task.__del__()
    assert not pool
    other = LoadedTask(pool, 'a', '/y')
    del task  # which Python tells it again
    assert pool == dict(a='/y')
    del other
    assert not pool


def test_waits_for_those_who_use_it():
    pool = Pool()
    task = LoadedTask(pool, 'a', '/x')
    with task.used():
        with task.used():
            pass
        unload = threading.Thread(target=task.__del__)
        unload.start()
        unload.join(0.2)
        assert unload.is_alive() and 'a' in pool
    unload.join(5)
    assert not unload.is_alive() and not pool


def test_one_that_cannot_be_loaded():
    pool = Pool(a='/x')
    with pytest.raises(UserError):
        LoadedTask(pool, 'a', '')
    assert pool == dict(a='/x')
