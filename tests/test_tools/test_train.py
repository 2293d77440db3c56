"""tools/train.py: going on after an interruption."""
import torch

from tests.command_line import ROOT, run_tool, tiny_demo

DEMO = ROOT / 'configs/demo/htc_protune_r18_digits.py'


def test_an_interrupted_training_goes_on(workplace, tmp_path):
    for epochs, resume in ((1, []), (2, ['--resume'])):
        process = run_tool(
            'train.py',
            DEMO,
            '--work-dir',
            tmp_path,
            *resume,
            *tiny_demo(epochs),
            cwd=workplace)
        assert process.returncode == 0, process.stderr[-3000:]
    assert 'resumed epoch: 1, iter: 4' in process.stdout
    assert 'Epoch(train) [1]' not in process.stdout
    first, second = (
        torch.load(tmp_path / f'epoch_{i}.pth', weights_only=False)
        for i in (1, 2))
    name = 'backbone.prompts.layer1.0.norm3.weight'
    assert not torch.equal(first['state_dict'][name],
                           second['state_dict'][name])
    steps = [state['step'] for state in second['optimizer']['state'].values()]
    assert steps and all(step == 8 for step in steps)
