"""VPT and SPT: rates and decays of what trains, and how heads start."""
from math import log

import pytest
import torch
from mmengine.optim import build_optim_wrapper

from protune_mm.reproduction.compose import compose
from tests.test_reproduction.test_compose_prompts import (CONFIGS, build,
                                                          cell_of)


def decays(method):
    """Give weight decay and rate of each trained parameter."""
    cfg = compose(cell_of('vit_slim', method, 'digits'), CONFIGS)
    cfg.optim_wrapper.optimizer.lr = 1e-3
    cfg.optim_wrapper.constructor = 'TrainedParamsConstructor'
    model = build(cfg)
    groups = build_optim_wrapper(model, cfg.optim_wrapper).param_groups
    groups = {id(group['params'][0]): group for group in groups}
    return {
        name: (groups[id(p)]['weight_decay'], groups[id(p)]['lr'])
        for name, p in model.named_parameters() if p.requires_grad
    }


@pytest.mark.parametrize('method, tokens, head', [('vpt-deep', 1e-3, 1e-3),
                                                  ('spt-deep', 1e-2, 0.5)])
def test_decays(method, tokens, head):
    assert decays(method) == {
        'backbone.prompts.tokens.values.0': (tokens, 1e-3),
        'head.layers.head.weight': (head, 1e-3),
        'head.layers.head.bias': (0., 1e-3)
    }


def test_decays_with_blocks():
    """What MAE's tokens learn with would be too much for blocks."""
    cell = cell_of('vit_base_mae', 'spt-deep+protune')
    keys = compose(cell, CONFIGS).optim_wrapper.paramwise_cfg.custom_keys
    assert keys['backbone.prompts.'].lr_mult * 5e-2 == pytest.approx(1e-3)
    found = decays('spt-deep+protune')
    assert found['backbone.prompts.tokens.values.0'] == (1e-2, 1e-3)
    assert found['head.layers.head.weight'] == (0.5, 1e-3)
    blocks = {
        name: x
        for name, x in found.items()
        if '.prompts.' in name and '.tokens.' not in name
    }
    assert blocks and set(blocks.values()) == {(0., 1e-3)}


@pytest.mark.parametrize('method, std, bias', [
    ('vpt-deep', (2 / 10)**0.5, -log(99)),
    ('spt-deep', 0.02, 0.),
])
def test_heads_start_as_published(method, std, bias):
    cfg = compose(cell_of('vit_slim', method, 'digits'), CONFIGS)
    cfg.model.backbone.init_cfg = None
    model = build(cfg)
    model.init_weights()
    head = model.head.layers.head
    assert head.weight.std().item() == pytest.approx(std, rel=0.1)
    assert torch.allclose(head.bias, torch.tensor(bias))
