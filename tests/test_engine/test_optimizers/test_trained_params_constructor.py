"""Frozen parameters never reach an optimizer."""
import logging

import pytest
from mmengine.optim import build_optim_wrapper
from torch import nn

from protune_mm.models import ProTuneResNet


@pytest.mark.parametrize('paramwise', [
    None,
    dict(norm_decay_mult=0.),
    dict(custom_keys={'prompts': dict(lr_mult=0.1)}),
])
def test_groups_hold_what_trains(paramwise, caplog):
    model = nn.ModuleDict(
        dict(
            backbone=ProTuneResNet.mmdet(depth=18, base_channels=8),
            head=nn.Linear(2, 2)))
    cfg = dict(
        constructor='TrainedParamsConstructor',
        optimizer=dict(type='SGD', lr=0.1, weight_decay=0.1))
    if paramwise:
        cfg['paramwise_cfg'] = paramwise
    with caplog.at_level(logging.WARNING, logger='mmengine'):
        groups = build_optim_wrapper(model, cfg).optimizer.param_groups
    assert all(group['params'] for group in groups)
    optimised = [p for group in groups for p in group['params']]
    wanted = [p for p in model.parameters() if p.requires_grad]
    assert len(optimised) == len(wanted)
    assert {id(p) for p in optimised} == {id(p) for p in wanted}
    assert 'skipped' not in caplog.text
    if paramwise and 'custom_keys' in paramwise:
        assert {group['lr'] for group in groups} == {0.1, 0.1 * 0.1}
