"""What a backbone does with a checkpoint."""
import copy

import pytest
import torch
from mmengine.logging import MMLogger
from torch import nn

from protune_mm.errors import UserError
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


def saved(state, folder):
    """An ``init_cfg`` that names these entries."""
    torch.save(dict(state_dict=state), folder / 'x.pth')
    return dict(type='Pretrained', checkpoint=str(folder / 'x.pth'))


@pytest.fixture
def log(caplog):
    """The current logger's text; its own streams outlive a test."""
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def test_weights_of_init_cfg_are_reported(tmp_path, log):
    state = {**stock().state_dict(), 'fc.bias': torch.zeros(2)}
    model = build(init_cfg=saved(state, tmp_path))
    model.init_weights()
    assert 'init_cfg of the backbone: 100 of 188 entries come' in log.text
    assert 'New, the checkpoint does not have them:\n  prompts (' in log.text
    assert 'Unused, the model does not have them:\n  fc.bias' in log.text
    assert 'do not match exactly' not in log.text
    # Elsewhere the names are the caller's.
    keys = model.load_state_dict(state, strict=False)
    assert keys.unexpected_keys == ['fc.bias'] and keys.missing_keys


@pytest.mark.parametrize('arguments', [
    dict(trained_modules='conv1'),
    dict(trained_modules=['conv1', 'bn1'], tuning='head'),
    dict(tuning='finetune', frozen_stages=-1),
    dict(trained_modules='stem', deep_stem=True),
])
def test_more_bands_than_the_weights_have(arguments, tmp_path, log):
    deep = dict(deep_stem='deep_stem' in arguments)
    state = stock(**deep).state_dict()
    name = 'stem.0.weight' if deep['deep_stem'] else 'conv1.weight'
    model = build(in_channels=5, init_cfg=saved(state, tmp_path), **arguments)
    model.init_weights()
    weight = model.state_dict()[name]
    assert torch.equal(weight[:, :3], state[name])
    for band in (3, 4):
        torch.testing.assert_close(weight[:, band], state[name].mean(1))
    assert ('New bands are the mean of those that the checkpoint has:\n  '
            f'{name}\n') in log.text
    assert not model.random_entries()


def test_bands_of_a_frozen_stem_are_refused_with_a_remedy():
    with pytest.raises(
            UserError, match=r"conv1.weight \(8, 3, 7, 7\).*\['conv1'\]"):
        build(in_channels=4).load_state_dict(
            stock().state_dict(), strict=False)


def test_what_is_declared_trained_may_differ(tmp_path, log):
    other = stock(depth=34).state_dict()
    other['layer4.0.conv1.weight'] = torch.zeros(64, 32, 1, 1)
    same = {
        name: value
        for name, value in stock().state_dict().items()
        if not name.startswith('layer4')
    }
    last = {k: v for k, v in other.items() if k.startswith('layer4')}
    state = {**same, **last}
    with pytest.raises(UserError, match='layer4.0.conv1.weight'):
        build().load_state_dict(state, strict=False)
    model = build(trained_modules='layer4', init_cfg=saved(state, tmp_path))
    model.init_weights()
    assert 'another shape:\n  layer4.0.conv1.weight' in log.text
    assert 'layer4.2' in log.text.split('Unused')[1]
    assert not model.random_entries()
