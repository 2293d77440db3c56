"""Weights of a bare backbone are no model's checkpoint."""
from types import SimpleNamespace

import pytest
from torch import nn

from protune_mm.engine import CheckpointGuardHook
from protune_mm.errors import UserError
from protune_mm.models import ProTuneResNet


def load(state):
    model = nn.ModuleDict(
        dict(backbone=ProTuneResNet.mmdet(depth=18, base_channels=8)))
    CheckpointGuardHook().after_load_checkpoint(
        SimpleNamespace(model=model), dict(state_dict=state))


def test_a_bare_backbone_is_refused():
    from mmdet.models.backbones import ResNet
    state = ResNet(depth=34, base_channels=8).state_dict()
    with pytest.raises(UserError, match='model.backbone.init_cfg.checkpoint'):
        load(state)
    load({f'backbone.{name}': value for name, value in state.items()})
    load({f'module.backbone.{name}': v for name, v in state.items()})
    load({'neck.weight': 0})
