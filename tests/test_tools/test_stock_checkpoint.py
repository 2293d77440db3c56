"""Checkpoints of stock models go into their pro-tuned twins."""
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope

from tests.command_line import ROOT, run_tool, tiny_demo


def count(state):
    """Entries but for the step counts of norms."""
    return sum('num_batches_tracked' not in name for name in state)


@pytest.mark.parametrize('name, schedule', [
    ('htc', tiny_demo()),
    ('upernet', tiny_demo(iterations=1)),
])
def test_only_the_prompts_are_new(name, schedule, workplace, tmp_path):
    path = ROOT / f'configs/demo/{name}_protune_r18_digits.py'
    cfg = Config.fromfile(path)
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        twin = MODELS.build(cfg.model)
        cfg.model.backbone.type = 'ResNet'
        stock = MODELS.build(cfg.model).state_dict()
    torch.save(dict(state_dict=stock), tmp_path / 'stock.pth')
    process = run_tool(
        'train.py',
        path,
        '--work-dir',
        tmp_path,
        *schedule,
        f'load_from={tmp_path}/stock.pth',
        'model.backbone.init_cfg=None',
        'default_hooks.checkpoint.full=True',
        'optim_wrapper.optimizer.lr=0',
        cwd=workplace)
    assert process.returncode == 0, process.stderr[-3000:]
    new = count(twin.backbone.prompts.state_dict())
    total = count(stock) + new
    assert (
        f'Loading a checkpoint: {count(stock)} of {total} entries come from '
        'the checkpoint.\nNew, the checkpoint does not have them:\n'
        f'  backbone.prompts ({new} entries)\n') in process.stdout
    assert 'Unused, the model' not in process.stdout
    trained = (tmp_path / 'last_checkpoint').read_text()
    state = torch.load(trained, weights_only=False)['state_dict']
    for key, value in stock.items():
        if 'running_' not in key and 'num_batches' not in key:
            assert torch.equal(state[key], value), key
