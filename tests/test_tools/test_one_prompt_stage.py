"""A single value on the command line is a list of one."""
import pytest
import torch

from tests.command_line import ROOT, run_tool, tiny_demo

DEMO = ROOT / 'configs/demo/upernet_protune_r18_digits.py'


@pytest.mark.parametrize('option, trained', [
    ('prompt_stages=3', 'prompts.layer4.0.conv1.weight'),
    ('prompt_stages=layer4', 'prompts.layer4.0.conv1.weight'),
    ('trained_modules=layer4', 'layer4.0.conv1.weight'),
])
def test_one_value(option, trained, workplace, tmp_path):
    process = run_tool(
        'train.py',
        DEMO,
        '--work-dir',
        tmp_path,
        *tiny_demo(iterations=1),
        f'model.backbone.{option}',
        cwd=workplace)
    assert process.returncode == 0, process.stderr[-3000:]
    state = torch.load(tmp_path / 'iter_1.pth', weights_only=False)
    names = [n for n in state['state_dict'] if 'backbone.prompts.' in n]
    assert f'backbone.{trained}' in state['state_dict']
    stages = {name.split('.')[2] for name in names}
    assert len(stages) == (4 if 'modules' in option else 1)
