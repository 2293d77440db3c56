"""Backbones of timm: what can be named, and whose weights go in."""
import pytest
import timm
import torch

from protune_mm.errors import UserError
from protune_mm.hosts.paths import overview
from protune_mm.hosts.wrapped import wrapper_path
from protune_mm.models import build_protune_backbone


def build(name='resnet18', features_only=False, **arguments):
    return build_protune_backbone(
        'mmpretrain.TIMMBackbone',
        model_name=name,
        features_only=features_only,
        pretrained=False,
        **{
            'tuning': 'head',
            **arguments
        })


@pytest.mark.parametrize('name, features_only, path, shown', [
    ('resnet18', False, 'timm_model.', 'layer1.0 to timm_model.layer1.1'),
    ('resnet18', True, 'timm_model.', 'layer1.0 to timm_model.layer1.1'),
    ('vit_tiny_patch16_224', True, 'timm_model.model.', 'model.patch_embed,'),
])
def test_what_can_be_named(name, features_only, path, shown):
    model = build(name, features_only)
    assert wrapper_path(model) == path
    assert f'timm_model.{shown}' in overview(model)


@pytest.mark.parametrize('arguments, message', [
    (dict(prompt_stages=9), r'stage 9, .*timm_model\.layer1\.0 to'),
    (dict(prompt_stages='layer1'), r'names layer1, .*timm_model\.layer1\.0'),
    (dict(prompt_stages='timm_model.layer9'), 'timm_model has conv1, bn1'),
])
def test_messages_list_what_can_be_named(arguments, message):
    with pytest.raises(UserError, match=message):
        build(tuning='protune', **arguments)


def test_what_wraps_nothing():
    model = build_protune_backbone('mmdet.ResNet', depth=18, tuning='head')
    assert wrapper_path(model) == ''


@pytest.mark.parametrize('name', [
    'resnet18', 'convnext_atto', 'efficientnet_b0', 'vit_tiny_patch16_224',
    'swin_tiny_patch4_window7_224'
])
@pytest.mark.parametrize('features_only', [False, True])
def test_a_whole_model_of_timm(name, features_only):
    whole = timm.create_model(name, pretrained=False)
    model = build(name, features_only)
    model.load_state_dict(whole.state_dict(), strict=False)
    assert not model.random_entries()
    for value in (model.timm_model, whole):
        value.eval()
    x = torch.rand(1, 3, 224, 224)
    with torch.no_grad():
        ours = model.timm_model(x)[-1] if features_only else \
            model.timm_model.forward_features(x)
        theirs = whole.forward_features(x)
    if not features_only:
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize('prefix', ['', 'timm_model.'])
def test_both_kinds_of_names_as_a_part_of_a_model(prefix):
    state = timm.create_model('resnet18', pretrained=False).state_dict()
    holder = torch.nn.ModuleDict(dict(backbone=build()))
    keys = holder.load_state_dict(
        {
            f'backbone.{prefix}{k}': v
            for k, v in state.items()
        }, strict=False)
    assert not keys.missing_keys and not holder.backbone.random_entries()
    assert all('.timm_model.fc.' in key for key in keys.unexpected_keys)


@pytest.mark.parametrize('features_only', [False, True])
def test_another_model_of_timm_is_refused(features_only):
    model = build('resnet34', features_only)
    with pytest.raises(UserError, match=r'lacks timm_model\.layer1\.2'):
        model.load_state_dict(
            timm.create_model('resnet18').state_dict(), strict=False)


def test_a_prefix_is_advised_only_where_it_helps():
    state = {f'model.{k}': v for k, v in build().state_dict().items()}
    with pytest.raises(UserError, match="Add prefix='model' to init_cfg"):
        build().load_state_dict(state, strict=False)
    vit = timm.create_model('vit_tiny_patch16_224').state_dict()
    with pytest.raises(UserError, match='nothing of .*: *|has blocks') as e:
        build().load_state_dict(vit, strict=False)
    assert 'prefix=' not in str(e.value)
