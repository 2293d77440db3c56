"""The script that makes the demo's backbone, shortened."""
import torch

from tests.command_line import ROOT, run_tool
from tests.test_apis.test_experiment import OPTIONS

WEIGHTS = ROOT / 'configs/demo/resnet18_slim_letters.pth'


def test_weights_are_those_of_the_demos_backbone(tmp_path):
    out = tmp_path / 'x.pth'
    process = run_tool(
        'pretrain_demo_backbone.py',
        '--work-dir',
        tmp_path / 'run',
        '--out',
        out,
        '--cfg-options',
        *[f'{key}={value}' for key, value in OPTIONS.items()],
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    assert '2.8 MB' in process.stdout and '% right' in process.stdout
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
