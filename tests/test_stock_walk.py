"""Stock configs with one word changed: their backbones build."""
from importlib import import_module

import pytest

from tests.stock_types import tuned_cfg
from tests.stock_walk import (LISTED, Found, attempt, config_files, holder_of,
                              read, structure)

# Spread over each host's folders; ``python -m tests.stock_walk`` takes all.
FIRST = 10


def test_the_table_takes_the_hosts_own_twin():
    assert tuned_cfg('mmseg', dict(type='ResNetV1c', depth=18)) == dict(
        type='mmseg.ProTuneResNetV1c', depth=18)
    assert tuned_cfg('mmdet', dict(type='mmpretrain.ConvNeXt')) == dict(
        type='ProTuneBackbone', backbone='mmpretrain.ConvNeXt')


@pytest.mark.parametrize('found, state', [
    (Found('ResNet as mmdet.ProTuneResNet', True), 'built'),
    (Found('mmdet.SSDVGG as ProTuneBackbone', False, 'No ends.'), 'listed'),
    (Found('ResNet as mmdet.ProTuneResNet', False, 'No ends.'), 'failed'),
    (Found('SSDVGG as ProTuneBackbone', False,
           'stock fails too: OSError'), 'stock fails too'),
    (Found('not read', False, 'OSError'), 'not read'),
])
def test_states(found, state):
    assert found.state == state


def test_equal_backbones_are_known():
    assert structure(dict(a=1, norm_eval=True)) == structure(dict(a=1))
    assert structure(dict(a=[dict(b=1)])) != structure(dict(a=[dict(b=2)]))


@pytest.mark.parametrize('host', ['mmdet', 'mmseg', 'mmpretrain'])
def test_backbones_of_stock_configs(host):
    import_module(f'{host}.utils').register_all_modules(False)
    done, failed = {}, {}
    for path in config_files(host)[:FIRST]:
        try:
            model = read(path)
        except RuntimeError:  # of two styles, which mmengine refuses
            continue
        if model is None:
            continue
        stock = holder_of(model)['backbone']
        kind = getattr(stock['type'], '__name__', stock['type']).split('.')[-1]
        key = structure(stock)
        if key in done:
            continue
        done[key], reason = attempt(host, stock, tuned_cfg(host, stock))
        if not done[key] and kind not in LISTED:
            failed[path.name] = reason
    assert not failed
    assert sum(done.values()) > 3
