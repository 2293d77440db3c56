"""What happens when a registry is first looked into."""
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from mmengine.registry import Registry

from protune_mm.first_lookup import before_first_lookup


def test_each_action_comes_before_the_name_is_looked_for():
    registry = Registry('things')
    seen = []

    def register(cls):
        seen.append(registry.get(cls.__name__))
        registry.register_module(module=cls, force=True)

    before_first_lookup(registry, lambda: register(dict))
    before_first_lookup(registry, lambda: register(list))
    assert not seen and not registry.module_dict
    assert registry.get('dict') is dict
    assert registry.get('list') is list and 'set' not in registry
    calls = len(seen)
    assert 'list' in registry and len(seen) == calls


def test_what_the_registry_imports_is_imported_after_it(monkeypatch):
    monkeypatch.delitem(sys.modules, 'colorsys', raising=False)
    registry = Registry('things', locations=['colorsys'])
    there = []
    before_first_lookup(registry,
                        lambda: there.append(sys.modules.get('colorsys')))
    assert 'x' not in registry and 'x' not in registry
    assert there == [None] and 'colorsys' in sys.modules


def test_a_parent_waits_for_its_own_lookup():
    root = Registry('things')
    child = Registry('thing', parent=root, scope='child')
    actions = []
    before_first_lookup(root, lambda: actions.append('root'))
    assert 'x' not in child and not actions
    assert 'x' not in root and actions == ['root']


def test_threads_wait_for_what_another_one_imports():
    registry = Registry('things')

    def register():
        time.sleep(0.2)  # as an import takes
        registry.register_module(module=dict)

    before_first_lookup(registry, register)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(registry.get, ['dict'] * 4))
    assert found == [dict] * 4
