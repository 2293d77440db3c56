"""A test runs on folded norms, and the model stays what it was."""
import pytest
import torch
from mmengine.model import MMDistributedDataParallel
from torch import nn

from tests.runners import toy_runner


@pytest.mark.parametrize('wrapped', [False, True])
def test_the_model_of_a_test(wrapped, tmp_path):
    runner = toy_runner(tmp_path, dict(type='FoldNormsHook'))
    model = runner.model
    model.stem = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
    if wrapped:
        torch.distributed.init_process_group(
            'gloo', f'file://{tmp_path}/group', rank=0, world_size=1)
        try:
            runner.model = MMDistributedDataParallel(model)
        finally:
            torch.distributed.destroy_process_group()

    def tested():
        return runner.model.module if wrapped else runner.model

    runner.call_hook('before_test')
    assert isinstance(tested().stem[1], nn.Identity)
    assert not tested().training
    runner.call_hook('after_test')
    assert tested() is model and isinstance(model.stem[1], nn.BatchNorm2d)
