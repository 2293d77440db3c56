"""The script that makes the demo's backbones, shortened."""
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope

from tests.command_line import ROOT, run_tool
from tests.test_apis.test_experiment import OPTIONS

WEIGHTS = ROOT / 'configs/demo/resnet18_slim_letters.pth'


def pretrain(tmp_path, *config):
    out = tmp_path / 'x.pth'
    process = run_tool(
        'pretrain_demo_backbone.py',
        *config,
        '--work-dir',
        tmp_path / 'run',
        '--out',
        out,
        '--cfg-options',
        *[f'{key}={value}' for key, value in OPTIONS.items()],
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    assert '% right' in process.stdout
    return process.stdout, out


def test_weights_are_those_of_the_demos_backbone(tmp_path):
    stdout, out = pretrain(tmp_path)
    assert '2.8 MB' in stdout
    made = torch.load(out)['state_dict']
    kept = torch.load(WEIGHTS)['state_dict']
    assert {
        k: v.shape
        for k, v in made.items()
    } == {
        k: v.shape
        for k, v in kept.items()
    }
    assert WEIGHTS.stat().st_size < 6e6


def test_the_slim_vit_takes_prompt_tokens(tmp_path):
    _, out = pretrain(tmp_path, ROOT / 'configs/demo/vit_slim_letters.py')
    cfg = Config.fromfile(ROOT / 'configs/_base_/models/vit_slim.py')
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(cfg.model.backbone)
    result = model.load_state_dict(torch.load(out)['state_dict'], strict=False)
    assert not result.unexpected_keys
    assert result.missing_keys == ['prompts.tokens.values.0']
