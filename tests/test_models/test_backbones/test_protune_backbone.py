"""Any registered backbone, pro-tuned."""
from importlib import import_module

import pytest
import torch
from mmengine.registry import DefaultScope

from protune_mm.errors import UserError
from protune_mm.models import ProTuneMixin, build_protune_backbone

TINY = dict(arch=dict(depths=[1, 1, 2, 1], channels=[8, 16, 24, 32]))
CONVNEXT = dict(
    backbone='mmpretrain.ConvNeXt',
    prompt_stages=['stages.0', 'stages.2.1'],
    **TINY)


def build(**arguments):
    return build_protune_backbone(**{**CONVNEXT, **arguments})


def test_it_is_the_stock_class_of_its_library():
    from mmpretrain.models.backbones import ConvNeXt
    model = build()
    assert isinstance(model, ConvNeXt) and isinstance(model, ProTuneMixin)
    assert type(model).__name__ == 'ProTuneConvNeXt'


def test_the_class_stands_for_its_name():
    from mmpretrain.models.backbones import ConvNeXt
    assert type(build(backbone=ConvNeXt)) is type(build())


def test_one_class_a_backbone():
    assert type(build()) is type(build(tuning='head'))
    # Libraries have backbones of the same name.
    paths = ['layer1']
    of_mmdet, of_mmseg = (
        build_protune_backbone(
            f'{host}.ResNet', depth=18, base_channels=8, prompt_stages=paths)
        for host in ('mmdet', 'mmseg'))
    assert type(of_mmdet) is not type(of_mmseg)


@pytest.mark.parametrize('host', ['mmdet', 'mmseg', 'mmpretrain'])
def test_by_config_in_each_host(host):
    registry = import_module(f'{host}.registry').MODELS
    with DefaultScope.overwrite_default_scope(host):
        model = registry.build(dict(type='ProTuneBackbone', **CONVNEXT))
    assert list(model.prompts) == ['stages_0', 'stages_2_1']
    assert model.eval()(torch.rand(1, 3, 64, 64))[0].shape == (1, 32)


@pytest.mark.parametrize('host', ['mmdet', 'mmseg'])
def test_without_a_library_the_backbone_is_the_configs(host):
    cfg = dict(
        type='ProTuneBackbone',
        backbone='ResNeXt',
        depth=50,
        out_indices=(0, ),
        prompt_stages=['layer1'])
    with DefaultScope.overwrite_default_scope(host):
        model = import_module(f'{host}.registry').MODELS.build(cfg)
    stock = import_module(f'{host}.models.backbones').ResNeXt
    assert isinstance(model, stock)


def test_modules_need_not_be_named():
    model = build(prompt_stages=None)
    assert list(model.prompts) == [f'stages_{i}' for i in range(4)]


def test_without_prompts_no_modules_need_be_named():
    model = build(tuning='head', prompt_stages=None)
    assert not model.prompts
    assert not any(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize('arguments, named', [
    (dict(prompt_stages=['stages.4']),
     'stages.4, which this ProTuneConvNeXt .*: stages has 0, 1, 2, 3'),
    (dict(trained_modules=['norm2']), 'norm2, .*: there are .*norm3'),
    (dict(backbone='ConvNeXt'), "'ConvNeXt' is not .*'mmpretrain.ConvNeXt'"),
    (dict(backbone='mmpretrain.ConvNext'), "'mmpretrain.ConvNext' is not"),
    (dict(backbone='nowhere.ConvNeXt'), "'nowhere.ConvNeXt' is not"),
    (dict(backbone='ProTuneBackbone'), "'ProTuneBackbone' is not"),
])
def test_bad_arguments_are_named(arguments, named):
    with DefaultScope.overwrite_default_scope('mmengine'), \
            pytest.raises(UserError, match=named):
        build(**arguments)
