"""Runs are recorded when they end, gone on with, and not repeated."""
import json
import os
from pathlib import Path

import pytest
import torch
from mmengine.logging import print_log

from protune_mm.apis import load_config
from protune_mm.apis.experiment import (has_checkpoint, read_result,
                                        run_experiment)
from protune_mm.engine.hooks import ResultHook
from tests.small_training import Interruption, small_config

OPTIONS = {
    'train_cfg.max_epochs': 1,
    'train_cfg.val_interval': 1,
    **{
        f'{loader}_dataloader.{key}': value
        for loader in ('train', 'val')
        for key, value in dict(
            num_workers=0, persistent_workers=False, batch_size=8).items()
    },
    'train_dataloader.dataset.length': 16,
    'val_dataloader.dataset.length': 8,
}


@pytest.fixture
def cfg(root, tmp_path):
    return load_config(
        str(root / 'configs/demo/resnet18_slim_letters.py'),
        work_dir=str(tmp_path / 'run'),
        cfg_options=OPTIONS)


def test_a_finished_run_is_not_repeated(cfg, tmp_path, capsys):
    first = run_experiment(cfg, 'one')
    assert 'accuracy/top1' in first['metrics']
    assert first['parameters'][-1][0] == 'total'
    assert first == json.loads((tmp_path / 'run/result.json').read_text())
    assert 'one' in capsys.readouterr().err
    assert run_experiment(cfg, 'two') == first
    assert run_experiment(cfg, 'two', resume=True) == first
    assert 'two' not in capsys.readouterr().err


def test_another_config_is_run_again(cfg, capsys):
    first = run_experiment(cfg, 'one')
    cfg.optim_wrapper.optimizer.lr = 0.5
    second = run_experiment(cfg, 'two')
    assert 'two' in capsys.readouterr().err
    assert second['fingerprint'] != first['fingerprint']


def test_an_interrupted_run_leaves_no_record(cfg, tmp_path, monkeypatch):
    from mmengine.runner import Runner
    monkeypatch.setattr(Runner, 'train', lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_experiment(cfg, 'one')
    assert not (tmp_path / 'run/result.json').exists()


@pytest.fixture
def interrupted(tmp_path, monkeypatch):
    """A config whose run was stopped after one of three epochs."""

    def stop(hook, runner):
        raise Interruption

    small = small_config(tmp_path / 'small')
    with monkeypatch.context() as patch:
        patch.setattr(ResultHook, 'after_train_epoch', stop)
        with pytest.raises(Interruption):
            run_experiment(small, 'one')
    return small


def trained_epochs(cfg):
    """The epochs that a run's log tells of."""
    with open(f'{cfg.work_dir}/train.log') as log:
        return [
            line.split('Epoch(train) ')[1][:3] for line in log
            if 'Epoch(train)' in line
        ]


def test_an_interrupted_run_goes_on(interrupted, tmp_path):
    assert has_checkpoint(interrupted) and not read_result(interrupted)
    result = run_experiment(interrupted, 'two', resume=True)
    assert trained_epochs(interrupted) == ['[1]', '[2]', '[3]']
    whole = run_experiment(small_config(tmp_path / 'whole'), 'three')
    weights, expected = (
        torch.load(r['checkpoint'], weights_only=False)['state_dict']
        for r in (result, whole))
    for name, value in expected.items():
        assert torch.equal(weights[name], value), name
    assert result['metrics'] == whole['metrics']


def test_it_goes_on_from_itself_and_not_from_load_from(tmp_path, interrupted):
    (tmp_path / 'small/started.txt').unlink()
    first = tmp_path / 'small/epoch_1.pth'
    interrupted.load_from = str(first.rename(tmp_path / 'start.pth'))
    run_experiment(interrupted, 'two')
    (tmp_path / 'small/result.json').unlink()
    (tmp_path / 'small/epoch_3.pth').unlink()
    run_experiment(interrupted, 'three', resume=True)
    assert trained_epochs(interrupted)[-4:] == ['[1]', '[2]', '[3]', '[3]']


@pytest.mark.parametrize('resume, lr', [(False, 0.01), (True, 0.02)])
def test_else_it_starts_anew(interrupted, resume, lr):
    """If not asked to go on, or if the config is another."""
    interrupted.optim_wrapper.optimizer.lr = lr
    assert has_checkpoint(interrupted) == (not resume)
    run_experiment(interrupted, 'two', resume=resume)
    assert trained_epochs(interrupted) == ['[1]', '[2]', '[3]']
    with open(f'{interrupted.work_dir}/train.log') as log:
        assert 'resumed epoch' not in log.read()
    assert read_result(interrupted)


def test_a_record_goes_when_its_weights_are_overwritten(tmp_path, monkeypatch):
    small = small_config(tmp_path)
    run_experiment(small, 'one')
    assert read_result(small)
    monkeypatch.setattr(ResultHook, 'before_train', lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_experiment(small_config(tmp_path, seed=1), 'two', resume=True)
    assert not read_result(small)


def test_each_of_many_runs_writes_its_own_log(tmp_path, capsys):
    """And nobody writes to it once it is closed."""
    for name in 'ab':
        small = small_config(tmp_path / name)
        small.train_cfg.max_epochs = 1
        run_experiment(small, name)
        assert trained_epochs(small) == ['[1]']
    print_log('A message between two runs.', 'current')
    assert 'Logging error' not in capsys.readouterr().err


def test_a_result_of_another_config_is_kept_aside(cfg, tmp_path):
    first = run_experiment(cfg, 'one')
    cfg.optim_wrapper.optimizer.lr = 0.5
    run_experiment(cfg, 'two')
    old = tmp_path / f"run/result_{first['fingerprint'][:8]}.json"
    assert json.loads(old.read_text()) == first


def test_place_and_log_are_not_part_of_a_run(cfg, tmp_path):
    """A folder may be moved, and be named by another path."""
    first = run_experiment(cfg, 'one')
    (tmp_path / 'run').rename(tmp_path / 'moved')
    cfg.work_dir = str(tmp_path / 'moved')
    cfg.default_hooks.logger.interval = 7
    assert read_result(cfg) == first


def test_no_file_stays_open(cfg, tmp_path):
    run_experiment(cfg, 'one')
    opened = [
        os.readlink(link) for link in Path('/proc/self/fd').iterdir()
        if link.exists()
    ]
    assert not [name for name in opened if str(tmp_path) in name]
