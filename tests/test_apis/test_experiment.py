"""Runs are recorded when they end, and not repeated."""
import json

import pytest

from protune_mm.apis import load_config
from protune_mm.apis.experiment import run_experiment

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
    assert 'two' not in capsys.readouterr().err


def test_another_config_is_run_again(cfg, capsys):
    first = run_experiment(cfg, 'one')
    cfg.optim_wrapper.optimizer.lr = 0.5
    second = run_experiment(cfg, 'two')
    assert 'two' in capsys.readouterr().err
    assert second['config'] != first['config']


def test_an_interrupted_run_leaves_no_record(cfg, tmp_path, monkeypatch):
    from mmengine.runner import Runner
    monkeypatch.setattr(Runner, 'train', lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_experiment(cfg, 'one')
    assert not (tmp_path / 'run/result.json').exists()
