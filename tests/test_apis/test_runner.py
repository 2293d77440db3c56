"""From command-line flags to a config."""
from collections import Counter
from pathlib import Path

import pytest
import torch
from mmengine.model import MMDistributedDataParallel
from torch import nn

from protune_mm.apis import build_runner, load_config
from protune_mm.apis.runner import (leave_group, make_work_dir, resume,
                                    scale_lr, use_amp)
from protune_mm.engine.hooks import FiniteLossHook
from protune_mm.errors import UserError
from tests.small_classifier import write_config


@pytest.fixture
def cfg(root):
    return load_config(str(root / 'configs/htc_protune_r50_coco.py'))


def test_load_config(root):
    path = str(root / 'configs/htc_protune_r50_coco.py')
    cfg = load_config(path, cfg_options={'model.backbone.depth': 101})
    assert cfg.work_dir == 'work_dirs/htc_protune_r50_coco'
    assert cfg.model.backbone.depth == 101
    assert load_config(path, work_dir='x').work_dir == 'x'
    with pytest.raises(UserError, match='no config at x.py'):
        load_config('x.py')


@pytest.mark.parametrize('text', ['', 'model = None', 'model = dict(x=1)'])
def test_a_part_of_a_config(text, tmp_path):
    path = tmp_path / 'x.py'
    path.write_text(text)
    with pytest.raises(UserError, match=f'^{path} has no model with a type'):
        load_config(str(path))


@pytest.mark.parametrize('seed', [-1, 2**32, '0', 1.5])
def test_a_seed_that_is_none(root, seed):
    with pytest.raises(UserError, match='is no seed: give a whole number'):
        load_config(
            str(root / 'configs/demo/htc_protune_r18_digits.py'),
            cfg_options={'randomness.seed': seed})


def test_amp(cfg, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(UserError, match='--amp needs a GPU'):
        use_amp(cfg)
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    use_amp(cfg)
    assert cfg.optim_wrapper.type == 'AmpOptimWrapper'
    assert cfg.optim_wrapper.optimizer.lr == 0.02


def test_auto_scale_lr(cfg):
    scale_lr(cfg)
    assert cfg.auto_scale_lr == dict(enable=True, base_batch_size=16)
    cfg.pop('auto_scale_lr')
    with pytest.raises(UserError, match='base_batch_size'):
        scale_lr(cfg)


@pytest.mark.parametrize('given, found', [('auto', 'run/epoch_1.pth'),
                                          ('x.pth', 'x.pth')])
def test_resume(cfg, given, found, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cfg.work_dir, cfg.load_from = 'run', 'start.pth'
    resume(cfg, 'auto')  # there is nothing
    assert not cfg.resume and cfg.load_from == 'start.pth'
    (tmp_path / 'run').mkdir()
    for path in ('x.pth', 'run/epoch_1.pth'):
        torch.save(
            dict(
                meta=dict(epoch=1, iter=4),
                message_hub={},
                optimizer={},
                state_dict=dict(a=torch.ones(1))), path)
    resume(cfg, given)
    assert cfg.resume and cfg.load_from == found
    with pytest.raises(UserError, match='no checkpoint at y.pth'):
        resume(cfg, 'y.pth')


def test_an_option_that_is_not_there(root):
    path = str(root / 'configs/htc_protune_r50_coco.py')
    option = 'model.roi_head.bbox_head.9.num_classes'
    with pytest.raises(UserError, match='bbox_head.9.num_classes: .* no such'):
        load_config(path, cfg_options={option: 3})


def test_work_dir_is_a_file(cfg, tmp_path):
    cfg.work_dir = str(tmp_path / 'a_file')
    (tmp_path / 'a_file').touch()
    with pytest.raises(UserError, match='a_file cannot be written.*--work'):
        make_work_dir(cfg)


def classifier(tmp_path, **more):
    return load_config(
        str(write_config(tmp_path)[0]),
        str(tmp_path / 'run'),
        cfg_options=more)


def names(cfg):
    runner = build_runner(cfg)
    return Counter(type(hook).__name__ for hook in runner.hooks)


@pytest.mark.parametrize(
    'kind', ['FiniteLossHook', 'mmengine.FiniteLossHook', FiniteLossHook])
def test_a_hook_of_the_config_is_not_added(tmp_path, kind):
    cfg = classifier(tmp_path)
    cfg.custom_hooks = [dict(type=kind, stop=False)]
    assert names(cfg)['FiniteLossHook'] == 1


def test_a_model_that_is_only_tested(tmp_path):
    cfg = classifier(tmp_path)
    cfg.train_dataloader = cfg.train_cfg = cfg.optim_wrapper = None
    cfg.param_scheduler = None
    build_runner(cfg)


@pytest.mark.parametrize('resumed', [True, False])
def test_old_checkpoints_are_left_where_a_training_goes_on(tmp_path, resumed):
    cfg = classifier(tmp_path)
    cfg.resume = resumed
    assert names(cfg)['SetAsideHook'] == (not resumed)


def test_auto_scale_lr_of_nothing(cfg):
    cfg.auto_scale_lr = None
    with pytest.raises(UserError, match='base_batch_size'):
        scale_lr(cfg)


def test_a_base_that_is_not_there(tmp_path):
    path = tmp_path / 'config.py'
    path.write_text("_base_ = ['./absent.py']")
    with pytest.raises(
            UserError, match='config.py needs .*absent.py, which is'):
        load_config(str(path))


def test_no_thread_of_a_group_is_left(tmp_path):
    """It could abort the process at its end."""

    def of_gloo():
        threads = Path('/proc/self/task').glob('*/comm')
        return {x for x in threads if 'gloo' in x.read_text()}

    others = of_gloo()
    torch.distributed.init_process_group(
        'gloo', f'file://{tmp_path}/group', rank=0, world_size=1)
    model = MMDistributedDataParallel(nn.Linear(2, 2))
    model.hook = [model]  # as a runner and its hooks name each other
    del model
    assert of_gloo() > others
    leave_group()
    assert of_gloo() <= others
