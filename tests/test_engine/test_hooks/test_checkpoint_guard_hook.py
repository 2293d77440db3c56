"""Checkpoints of whole models are reported, those of a backbone refused."""
import pickle
from types import SimpleNamespace

import pytest
import torch
from mmengine.model import BaseTTAModel
from torch import nn

from protune_mm.engine import CheckpointGuardHook
from protune_mm.errors import UserError
from protune_mm.models import ProTuneResNet
from tests.runners import toy_runner


def load(state):
    model = nn.ModuleDict(
        dict(backbone=ProTuneResNet.mmdet(depth=18, base_channels=8)))
    CheckpointGuardHook().after_load_checkpoint(
        SimpleNamespace(model=model), dict(state_dict=state))


def test_a_bare_backbone_is_refused():
    from mmdet.models.backbones import ResNet
    state = ResNet(depth=34, base_channels=8).state_dict()
    with pytest.raises(UserError, match='model.backbone.init_cfg.checkpoint'):
        load(state)
    load({f'backbone.{name}': value for name, value in state.items()})
    load({f'module.backbone.{name}': v for name, v in state.items()})
    load({'neck.weight': 0})


def test_new_and_unused_entries_are_reported_once(tmp_path):
    path = tmp_path / 'x.pth'
    state = {'head.bias': torch.zeros(1), 'fc.bias': torch.zeros(1)}
    torch.save(dict(state_dict=state), path)
    runner = toy_runner(
        tmp_path, dict(type='CheckpointGuardHook'), load_from=str(path))
    runner.train()
    log, = tmp_path.rglob('*.log')
    assert log.read_text().count(
        '1 of 2 entries come from the checkpoint.\nNew, the checkpoint does '
        'not have them:\n  head.weight\nUnused, the model does not have them'
        ':\n  fc.bias') == 1
    pickle.dumps(runner.model)  # nothing of it stays on the model


def test_names_of_several_processes_are_understood(tmp_path):
    path = tmp_path / 'x.pth'
    state = {'module.head.weight': torch.zeros(2, 1)}
    torch.save(dict(state_dict=state), path)
    runner = toy_runner(
        tmp_path, dict(type='CheckpointGuardHook'), load_from=str(path))
    runner.train()
    log, = tmp_path.rglob('*.log')
    assert 'another shape:\n  head.weight' in log.read_text()


@pytest.mark.parametrize('state', [
    dict(model=dict(x=torch.zeros(1))),
    dict(state_dict={'encoder.0.weight': torch.zeros(1)}),
])
def test_a_frozen_backbone_must_get_weights(state, tmp_path):
    path = tmp_path / 'x.pth'
    torch.save(state, path)
    runner = toy_runner(
        tmp_path, dict(type='CheckpointGuardHook'), load_from=str(path))
    # Its own rule initialises, but that is no pre-training.
    runner.model.backbone = backbone = ProTuneResNet.mmdet(
        depth=18, base_channels=8)
    with pytest.raises(UserError, match='nothing of the frozen backbone'):
        runner.train()
    backbone.init_cfg = dict(type='Pretrained', checkpoint='loaded')
    runner.load_checkpoint(str(path))
    runner.model._is_init = False  # as before a test
    with pytest.raises(UserError, match='nothing of the frozen backbone'):
        runner.load_checkpoint(str(path))


def test_loader(work_dir, state, **more):
    """Load a state into the toy model as a test does."""
    path = work_dir / 'x.pth'
    torch.save(dict(state_dict=state), path)
    runner = toy_runner(work_dir, dict(type='CheckpointGuardHook'), **more)
    runner.load_checkpoint(str(path))
    return runner


test_loader.__test__ = False
GOOD = {'head.weight': torch.ones(1, 1), 'head.bias': torch.ones(1)}


@pytest.mark.parametrize('state, named', [
    ({
        'head.weight': torch.ones(1, 1)
    }, '1 of the 2 entries of the model, which would be random: head.bias.'),
    ({
        **GOOD, 'head.weight': torch.ones(3, 1)
    }, r'1 of the 2 .*: head.weight \(3, 1\) instead of \(1, 1\)\.'),
    ({
        'fc.bias': torch.ones(1)
    }, 'does not fill 2 of the 2 '),
])
def test_a_test_fills_every_entry(state, named, tmp_path):
    with pytest.raises(UserError, match=named):
        test_loader(tmp_path, state)
    test_loader(tmp_path, {**GOOD, 'fc.bias': torch.ones(1)})


def test_what_a_host_converts_is_filled(tmp_path):
    state = {'head.weight': torch.ones(1), 'head.bias': torch.ones(1)}
    path = tmp_path / 'x.pth'
    torch.save(dict(state_dict=state), path)
    runner = toy_runner(tmp_path, dict(type='CheckpointGuardHook'))

    def reshape(state_dict, prefix, *args):
        state_dict[f'{prefix}weight'] = state_dict[f'{prefix}weight'][None]

    runner.model.head._register_load_state_dict_pre_hook(reshape)
    runner.load_checkpoint(str(path))
    assert runner.model.head.weight.item() == 1


def test_counts_of_steps_may_lack(tmp_path):
    runner = test_loader(tmp_path, GOOD)
    runner.model.norm = nn.BatchNorm1d(1)
    state = runner.model.state_dict()
    state.pop('norm.num_batches_tracked')
    torch.save(state, tmp_path / 'x.pth')
    runner.load_checkpoint(str(tmp_path / 'x.pth'))
    state.pop('norm.running_var')
    torch.save(state, tmp_path / 'x.pth')
    with pytest.raises(UserError, match='random: norm.running_var.'):
        runner.load_checkpoint(str(tmp_path / 'x.pth'))


class Flips(BaseTTAModel):
    """A model that is tested on flipped copies."""

    def merge_preds(self, data_samples_list):
        return data_samples_list


def test_flipped_copies(tmp_path):
    path = tmp_path / 'x.pth'
    runner = toy_runner(tmp_path, dict(type='CheckpointGuardHook'))
    runner.model = Flips(runner.model)
    torch.save(dict(state_dict=GOOD), path)
    runner.load_checkpoint(str(path))
    assert runner.model.module.head.weight.item() == 1
    torch.save(dict(state_dict={'head.bias': torch.ones(1)}), path)
    with pytest.raises(UserError, match='random: head.weight.'):
        runner.load_checkpoint(str(path))
