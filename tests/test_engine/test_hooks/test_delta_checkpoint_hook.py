"""Checkpoints of what was trained, and their order."""
import os
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from protune_mm.apis import build_runner, load_config
from protune_mm.engine.hooks import DeltaCheckpointHook
from protune_mm.tuning.delta import is_delta
from tests.runners import toy_runner
from tests.small_classifier import write_config


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    return write_config(tmp_path_factory.mktemp('small'))[0]


def runner_of(config, folder, **options):
    cfg = load_config(str(config), str(folder), cfg_options=options)
    cfg.experiment_name = str(folder)
    return build_runner(cfg)


def saved(folder, name='epoch_1'):
    return torch.load(folder / f'{name}.pth', weights_only=False)


def hook_of(runner):
    return next(h for h in runner.hooks if isinstance(h, CheckpointHook))


@pytest.mark.parametrize('full', [False, True])
def test_what_is_saved(full, config, tmp_path):
    option = {'default_hooks.checkpoint.full': True} if full else {}
    runner = runner_of(config, tmp_path, **option)
    runner.train()
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert ('Checkpoints leave 0.7 MB of backbone to its base' in log) != full
    state = saved(tmp_path)['state_dict']
    assert is_delta(state) != full
    frozen = runner.model.backbone.base.names
    assert any(f'backbone.{name}' in state for name in frozen) == full
    for name, value in runner.model.state_dict().items():
        if name.removeprefix('backbone.') not in frozen or full:
            assert torch.equal(state[name], value)


def test_without_a_known_base_all_is_saved(config, tmp_path):
    """Of what was loaded by hand, and trains on."""
    runner = runner_of(config, tmp_path, **{'train_cfg.max_epochs': 2})
    runner.model.init_weights()
    state = runner.model.state_dict()
    runner.model.load_state_dict({
        name: value * 1
        for name, value in state.items()
    })
    assert runner.model.backbone.base  # those are the same
    runner.model.load_state_dict({
        name: value * 1.001
        for name, value in state.items()
    })
    runner.model.init_weights = lambda: None
    told = []
    runner.logger.info = told.append
    runner.train()
    assert saved(tmp_path, 'epoch_2')['state_dict'].keys() == state.keys()
    sentence, = [text for text in told if 'hold all weights' in text]
    assert 'of the frozen backbone it is not known' in sentence


def test_models_that_are_not_ours(tmp_path):
    hook = dict(type='DeltaCheckpointHook', interval=1)
    runner = toy_runner(tmp_path, default_hooks=dict(checkpoint=hook))
    runner.train()
    assert saved(tmp_path)['state_dict'].keys() == {'head.weight', 'head.bias'}


@pytest.mark.parametrize('keep', [1, 2])
def test_the_newer_one_is_there_before_the_older_goes(keep, tmp_path,
                                                      monkeypatch):
    there = []
    save = Runner.save_checkpoint

    def watched(runner, *args, **kwargs):
        save(runner, *args, **kwargs)
        there.append(sorted(path.name for path in tmp_path.glob('*.pth')))

    monkeypatch.setattr(Runner, 'save_checkpoint', watched)
    hook = dict(type='DeltaCheckpointHook', max_keep_ckpts=keep)
    runner = toy_runner(
        tmp_path, default_hooks=dict(checkpoint=dict(hook, interval=1)))
    runner.train_loop._max_epochs = 3
    runner.train()
    names = [f'epoch_{i}.pth' for i in (1, 2, 3)]
    assert there[1] == names[:2]
    assert there[2] == names[-keep - 1:]
    assert sorted(p.name for p in tmp_path.glob('*.pth')) == names[-keep:]
    assert runner.message_hub.get_info('keep_ckpt_ids') == [1, 2, 3][-keep:]


def best_runner(tmp_path):
    hook = dict(
        type='DeltaCheckpointHook',
        interval=1,
        save_best='score',
        rule='greater')
    runner = toy_runner(tmp_path, default_hooks=dict(checkpoint=hook))
    runner.call_hook('before_run')
    hook_of(runner).before_train(runner)
    return runner


def test_the_best_one_goes_last_too(tmp_path, monkeypatch):
    runner = best_runner(tmp_path)
    hook, there = hook_of(runner), []
    for epoch, score in ((1, 0.1), (2, 0.2), (2, 0.3)):
        runner.train_loop._epoch = epoch
        save = runner.save_checkpoint

        def watched(*args, **kwargs):
            there.append(list(tmp_path.glob('best*')))
            save(*args, **kwargs)

        monkeypatch.setattr(runner, 'save_checkpoint', watched)
        hook.after_val_epoch(runner, dict(score=score))
        monkeypatch.setattr(runner, 'save_checkpoint', save)
    assert [len(names) for names in there] == [0, 1, 1]
    # The last has the name of the one before it.
    assert [p.name
            for p in tmp_path.glob('best*')] == ['best_score_epoch_2.pth']
    assert hook.file_backend is not None and not hasattr(
        hook.file_backend, 'waiting')


def test_last_checkpoint_is_written_whole(tmp_path, monkeypatch):
    hook = dict(type='DeltaCheckpointHook', interval=1)
    runner = toy_runner(tmp_path, default_hooks=dict(checkpoint=hook))
    replace = os.replace

    def die(source, target):
        if target.endswith('last_checkpoint') and runner.epoch:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, 'replace', die)
    with pytest.raises(KeyboardInterrupt):
        runner.train()
    assert (tmp_path / 'last_checkpoint').read_text() == str(tmp_path /
                                                             'epoch_1.pth')
    assert (tmp_path / 'epoch_2.pth').exists()


@pytest.mark.parametrize('hooks, kind', [
    (None, DeltaCheckpointHook),
    (dict(), DeltaCheckpointHook),
    (dict(checkpoint=dict(type='CheckpointHook')), DeltaCheckpointHook),
    (dict(checkpoint=dict(type=CheckpointHook)), DeltaCheckpointHook),
    (dict(checkpoint=dict(type='mmengine.CheckpointHook')),
     DeltaCheckpointHook),
    (dict(checkpoint=None), None),
])
def test_whatever_a_config_says(hooks, kind, config, tmp_path):
    cfg = load_config(str(config), str(tmp_path))
    cfg.experiment_name = str(tmp_path)
    if hooks is not None:
        cfg = Config(dict(cfg.to_dict(), default_hooks=hooks))
    found = [
        hook for hook in build_runner(cfg).hooks
        if isinstance(hook, CheckpointHook)
    ]
    assert [type(hook) for hook in found] == ([kind] if kind else [])
    if not hooks and found:
        assert found[0].interval == 1  # as mmengine's default


def test_a_relative_work_dir(config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner_of(config, Path('run')).train()
    assert is_delta(saved(tmp_path / 'run')['state_dict'])
