"""Averaged weights share what is frozen with the model."""
import pytest
import torch
from mmengine.hooks import EMAHook

from protune_mm.engine.hooks import SharedAverageHook
from protune_mm.tuning import split_state
from protune_mm.tuning.delta import is_delta
from tests.small_classifier import write_config
from tests.test_engine.test_hooks.test_delta_checkpoint_hook import (runner_of,
                                                                     saved)


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    return write_config(tmp_path_factory.mktemp('small'))[0]


def train(config, folder, buffers, **more):
    ema = dict(type='EMAHook', momentum=0.1, update_buffers=buffers)
    if more.pop('resume', False):
        more.update(resume=True, load_from=str(folder / 'epoch_1.pth'))
    runner = runner_of(
        config, folder, **{
            'custom_hooks': [ema],
            'randomness.seed': 0,
            'train_cfg.max_epochs': 2,
            **more
        })
    runner.train()
    return runner


def average_of(runner):
    hook, = [h for h in runner.hooks if isinstance(h, EMAHook)]
    return hook.ema_model


@pytest.mark.parametrize('buffers', [False, True])
def test_it_changes_nothing_but_memory(buffers, config, tmp_path, monkeypatch):
    runner = train(config, tmp_path / 'shared', buffers)
    average = average_of(runner)
    frozen = split_state(runner.model)[1]
    state = average.module.state_dict()
    own = [n for n in frozen if state[n].data_ptr() != frozen[n].data_ptr()]
    assert not own
    assert not average.avg_parameters.keys() & frozen.keys()
    checkpoint = saved(tmp_path / 'shared', 'epoch_2')
    assert is_delta(checkpoint['ema_state_dict'])
    assert len(checkpoint['ema_state_dict']) == len(
        checkpoint['state_dict']) + 1  # its steps

    monkeypatch.setattr(SharedAverageHook, 'before_run', lambda *_: None)
    plain = train(config, tmp_path / 'plain', buffers)
    other = average_of(plain).module.state_dict()
    assert other['backbone.conv1.weight'].data_ptr() != (
        plain.model.backbone.conv1.weight.data_ptr())
    for name, value in state.items():
        assert torch.equal(value, other[name]), name
    theirs = saved(tmp_path / 'plain', 'epoch_2')
    for part in ('state_dict', 'ema_state_dict'):
        for name, value in checkpoint[part].items():
            if 'base_identity' not in name:
                assert torch.equal(value, theirs[part][name]), name


def test_it_goes_on(config, tmp_path):
    train(config, tmp_path, False)
    whole = saved(tmp_path, 'epoch_2')
    (tmp_path / 'epoch_2.pth').unlink()
    runner = train(config, tmp_path, False, resume=True)
    again = saved(tmp_path, 'epoch_2')
    for part in ('state_dict', 'ema_state_dict'):
        assert again[part].keys() == whole[part].keys()
        for name, value in whole[part].items():
            assert torch.equal(value, again[part][name]), name
    backbone = average_of(runner).module.backbone
    assert backbone.conv1.weight is runner.model.backbone.conv1.weight


def test_without_an_average(config, tmp_path):
    runner = runner_of(config, tmp_path)
    hook, = [h for h in runner.hooks if isinstance(h, SharedAverageHook)]
    hook.before_run(runner)
