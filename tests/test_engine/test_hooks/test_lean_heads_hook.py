"""Heads are made lean before training, and train to the same weights."""
import pytest
import torch
from mmengine.model import MMDistributedDataParallel

from protune_mm.errors import UserError
from tests.runners import toy_runner
from tests.small_training import small_config, train


def trained(folder, *hooks):
    cfg = small_config(folder)
    cfg.model.head = dict(
        type='StackedLinearClsHead',
        num_classes=26,
        in_channels=16,
        mid_channels=[16, 16],
        dropout_rate=.5,
        norm_cfg=dict(type='BN1d'))
    cfg.custom_hooks += hooks
    folder.mkdir()
    runner = train(cfg)
    log = next(folder.glob('*/*.log')).read_text()
    return runner.model.state_dict(), log


def test_same_weights(tmp_path):
    stock, log = trained(tmp_path / 'stock')
    assert 'again in backward' not in log
    lean, log = trained(tmp_path / 'lean', dict(type='LeanHeadsHook'))
    assert stock.keys() == lean.keys()
    assert all(torch.equal(stock[key], lean[key]) for key in stock)
    assert log.count('Neck and heads (lean), computed again in backward: '
                     '2 LinearBlock.') == 1


def test_in_a_process_of_several(tmp_path):
    torch.distributed.init_process_group(
        'gloo', f'file://{tmp_path}/group', rank=0, world_size=1)
    try:
        runner = toy_runner(tmp_path, dict(type='LeanHeadsHook'))
        runner.model = MMDistributedDataParallel(runner.model)
        runner.call_hook('before_train')
    finally:
        torch.distributed.destroy_process_group()
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'computed again in backward: nothing.' in log


def test_unknown_memory():
    from protune_mm.engine.hooks import LeanHeadsHook
    with pytest.raises(UserError, match="memory='less' is not known"):
        LeanHeadsHook('less')
