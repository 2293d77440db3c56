"""What a backbone does with a checkpoint."""
import copy

import pytest
import torch
from torch import nn

from protune_mm.models import ProTuneResNet, build_protune_backbone

SMALL = dict(depth=18, base_channels=8)


def build(**arguments):
    return ProTuneResNet.mmdet(**{**SMALL, **arguments})


def stock(**arguments):
    from mmdet.models.backbones import ResNet
    return ResNet(**{**SMALL, **arguments})


def test_random_entries_are_those_that_nothing_filled():
    model = build()
    weights = [n for n in stock().state_dict() if 'conv' in n]
    weights += [f'layer{i}.0.downsample.0.weight' for i in (2, 3, 4)]
    assert set(model.random_entries()) == set(weights)
    state = stock().state_dict()
    del state['layer3.0.conv2.weight']
    model.load_state_dict(state, strict=False)
    assert model.random_entries() == ['layer3.0.conv2.weight']
    model.load_state_dict(stock().state_dict(), strict=False)
    assert not model.random_entries()


def test_as_a_part_of_a_model():
    holder = nn.ModuleDict(dict(backbone=build()))
    state = nn.ModuleDict(dict(backbone=stock())).state_dict()
    holder.load_state_dict(dict(neck=torch.zeros(1)), strict=False)
    assert holder.backbone.random_entries()
    clone = copy.deepcopy(holder)
    holder.load_state_dict(state, strict=False)
    assert not holder.backbone.random_entries()
    assert clone.backbone.random_entries()  # each remembers its own


def test_what_starts_as_it_should_is_not_random():
    """Offsets of deformable convolutions are zero in the beginning."""
    model = build(
        depth=50,
        dcn=dict(type='DCNv2', deform_groups=1, fallback_on_stride=False),
        stage_with_dcn=(False, False, False, True))
    model.load_state_dict(stock(depth=50).state_dict(), strict=False)
    assert not model.random_entries()


@pytest.mark.parametrize('host', ['mmseg', 'mmpretrain'])
def test_weights_that_timm_loads_itself(host, tmp_path):
    import timm
    path = tmp_path / 'resnet18.pth'
    torch.save(timm.create_model('resnet18').state_dict(), path)
    arguments = dict(
        backbone=f'{host}.TIMMBackbone',
        model_name='resnet18',
        features_only=False,
        pretrained=False,
        prompt_stages=['timm_model.layer4'])
    if host == 'mmseg':  # its outputs are a classifier's
        arguments.update(tuning='head', prompt_stages=None)
    assert build_protune_backbone(**arguments).random_entries()
    filled = build_protune_backbone(checkpoint_path=str(path), **arguments)
    assert not filled.random_entries()
