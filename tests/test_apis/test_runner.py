"""From command-line flags to a config."""
import pytest
import torch

from protune_mm.apis import load_config
from protune_mm.apis.runner import (draw_results, dump_results, load_trained,
                                    resume, scale_lr, use_amp)
from protune_mm.errors import UserError


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


@pytest.mark.parametrize('given, load_from', [('auto', None),
                                              ('x.pth', 'x.pth')])
def test_resume(cfg, given, load_from, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'x.pth').touch()
    resume(cfg, given)
    assert cfg.resume and cfg.load_from == load_from
    with pytest.raises(UserError, match='no checkpoint at y.pth'):
        resume(cfg, 'y.pth')


def test_out_and_show_dir(cfg, tmp_path):
    dump_results(cfg, 'x.pkl')
    draw_results(cfg, str(tmp_path))
    assert [e['type']
            for e in cfg.test_evaluator] == ['CocoMetric', 'DumpDetResults']
    assert cfg.default_hooks.visualization.test_out_dir == str(tmp_path)
    with pytest.raises(UserError, match='x.txt must end in .pkl'):
        dump_results(cfg, 'x.txt')


def test_checkpoint_to_test(cfg):
    with pytest.raises(UserError, match='no checkpoint at no.pth'):
        load_trained(cfg, 'no.pth')
