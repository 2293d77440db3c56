"""The record of a training: complete, or not there."""
import json
import time
from pathlib import Path

import pytest
import torch

from protune_mm.evaluation import run_result
from tests.small_training import Interruption, Stop, small_config, train


def small(folder):
    """A training whose result has a name, and the place of its record."""
    cfg = small_config(folder)
    cfg.custom_hooks.append(dict(type='ResultHook', fingerprint='name'))
    return cfg, folder / 'result.json'


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    """A training that ran through, and its record."""
    cfg, record = small(tmp_path_factory.mktemp('whole'))
    start = time.time()
    runner = train(cfg)
    return runner, json.loads(record.read_text()), time.time() - start


def test_the_record_is_complete(whole):
    runner, record, seconds = whole
    assert set(record) == {
        'fingerprint', 'metrics', 'parameters', 'minutes', 'checkpoint'
    }
    assert record['fingerprint'] == 'name'
    scalars = runner.message_hub.log_scalars
    assert record['metrics'] == {
        name: scalars[f'val/{name}'].current()
        for name in ('accuracy/top1', 'accuracy/top5')
    }
    *parts, total = record['parameters']
    assert {name for name, _, _ in parts} == {'backbone', 'head'}
    count = sum(p.numel() for p in runner.model.parameters())
    assert total == ['total', count, 0]
    assert 0 < record['minutes'] * 60 <= seconds
    weights = torch.load(record['checkpoint'], weights_only=False)
    assert weights['meta']['epoch'] == 3


@pytest.mark.parametrize('epoch', [1, 3])
def test_a_resumed_training_has_a_record(epoch, whole, tmp_path):
    """Also if all that was missing is the evaluation at the end."""
    cfg, record = small(tmp_path)
    with pytest.raises(Interruption):
        train(cfg, Stop(epoch))
    assert not record.exists()
    train(cfg, resume=True)
    found = json.loads(record.read_text())
    for name in ('metrics', 'parameters'):
        assert found[name] == whole[1][name]


def test_no_half_of_a_record_is_ever_there(tmp_path, monkeypatch):
    cfg, record = small(tmp_path)

    def full_disk(path, content):
        Path(f'{path}.part').write_bytes(content[:20])
        raise OSError('no space left')

    monkeypatch.setattr(run_result, 'write_whole', full_disk)
    with pytest.raises(OSError, match='no space left'):
        train(cfg)
    assert not record.exists()
