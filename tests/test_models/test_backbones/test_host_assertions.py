"""What the hosts' projects assert of their ResNets holds for ours.

In our own words, of the unit tests that mmdet, mmseg and mmpretrain publish;
but for norms of prompts, which train whatever ``norm_eval`` says.
"""
import pytest
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from protune_mm.models import (ProTuneRegNet, ProTuneResNet, ProTuneResNetV1c,
                               ProTuneResNetV1d, ProTuneResNeXt)

DENSE = ('mmdet', 'mmseg')
DCN = dict(type='DCN', deform_groups=1, fallback_on_stride=False)
CONTEXT = dict(type='ContextBlock', ratio=1. / 16)
SWIN = dict(embed_dims=24, depths=(1, 1, 1, 1), num_heads=(1, 2, 2, 4))
VIT = dict(embed_dims=32, num_layers=12, num_heads=2, feedforward_channels=64)


def shapes(model, *size):
    """Shapes of what it returns for one image, in training."""
    return [tuple(x.shape) for x in model.train()(torch.rand(1, 3, *size))]


def norms(module):
    return [m for m in module.modules() if isinstance(m, _BatchNorm)]


def is_block(module):
    return hasattr(module, 'norm2') and hasattr(module, 'downsample')


@pytest.mark.parametrize('host', DENSE)
@pytest.mark.parametrize('error, arguments', [
    (KeyError, dict(depth=20)),
    (AssertionError, dict(num_stages=0)),
    (AssertionError, dict(num_stages=5)),
    (AssertionError, dict(strides=(1, ), dilations=(1, 1), num_stages=3)),
    (AssertionError, dict(dcn=DCN, stage_with_dcn=(True, ))),
    (AssertionError,
     dict(plugins=[
         dict(cfg=CONTEXT, stages=(False, True, True), position='after_conv3')
     ])),
    (TypeError, dict(pretrained=0)),
    (AssertionError, dict(style='tensorflow')),
])
def test_resnet_refuses_what_the_host_refuses(host, error, arguments):
    with pytest.raises(error):
        getattr(ProTuneResNet, host)(**{'depth': 50, **arguments})


@pytest.mark.parametrize('host', DENSE)
def test_stem_channels(host):
    for arguments, width in ((dict(), 64), (dict(base_channels=3),
                                            3), (dict(stem_channels=3), 3),
                             (dict(stem_channels=3, base_channels=2), 3)):
        if host == 'mmseg':  # it does not derive one from the other
            arguments.setdefault('stem_channels', width)
        model = getattr(ProTuneResNet, host)(depth=50, **arguments)
        assert model.stem_channels == model.conv1.out_channels == width
        assert model.norm1.num_features == width
        assert model.layer1[0].conv1.in_channels == width
    model = getattr(ProTuneResNetV1d, host)(depth=50, stem_channels=6).train()
    assert [model.stem[i].out_channels for i in (0, 3, 6)] == [3, 3, 6]
    assert model.layer1[0].conv1.in_channels == 6


@pytest.mark.parametrize('host', DENSE)
@pytest.mark.parametrize('kind', [ProTuneResNet, ProTuneResNetV1d])
def test_what_is_frozen(host, kind):
    small = dict(depth=50, base_channels=2, stem_channels=4)
    model = getattr(kind, host)(norm_eval=True, **small)
    model.train()
    ours = norms(model.prompts)
    assert not any(m.training for m in norms(model) if m not in ours)
    assert all(m.training for m in ours)  # on purpose
    model = getattr(kind, host)(frozen_stages=1, **small)
    model.train()
    stem = [model.stem] if hasattr(model, 'stem') and kind is \
        ProTuneResNetV1d else [model.conv1, model.norm1]
    for part in (*stem, model.layer1):
        assert not any(p.requires_grad for p in part.parameters())
        assert not any(m.training for m in norms(part))


@pytest.mark.parametrize('host', DENSE)
@pytest.mark.parametrize('arguments, expected', [
    (dict(depth=18), [(1, 64, 8, 8), (1, 128, 4, 4), (1, 256, 2, 2),
                      (1, 512, 1, 1)]),
    (dict(depth=18, with_cp=True), [(1, 64, 8, 8), (1, 128, 4, 4),
                                    (1, 256, 2, 2), (1, 512, 1, 1)]),
    (dict(depth=50, base_channels=1), [(1, 4, 8, 8), (1, 8, 4, 4),
                                       (1, 16, 2, 2), (1, 32, 1, 1)]),
    (dict(depth=50, base_channels=1, out_indices=(0, 1, 2)), [(1, 4, 8, 8),
                                                              (1, 8, 4, 4),
                                                              (1, 16, 2, 2)]),
    (dict(depth=50, base_channels=4, norm_cfg=dict(type='GN', num_groups=4)), [
        (1, 16, 8, 8), (1, 32, 4, 4), (1, 64, 2, 2), (1, 128, 1, 1)
    ]),
])
def test_resnet_maps(host, arguments, expected):
    if host == 'mmseg':  # its stages do not stride by themselves
        arguments = dict(
            arguments, strides=(1, 2, 2, 2), dilations=(1, 1, 1, 1))
        arguments.setdefault('stem_channels',
                             arguments.get('base_channels', 64))
    model = getattr(ProTuneResNet, host)(**arguments)
    assert shapes(model, 32, 32) == expected
    kind = nn.GroupNorm if 'norm_cfg' in arguments else _BatchNorm
    normed = [m for m in model.modules() if 'Norm' in type(m).__name__]
    assert normed and all(isinstance(m, kind) for m in normed)
    if 'with_cp' in arguments:
        assert all(m.with_cp for m in model.modules() if is_block(m))


@pytest.mark.parametrize('host', DENSE)
def test_last_norms_of_blocks_start_at_zero(host):
    model = getattr(ProTuneResNet, host)(
        depth=50, base_channels=4, stem_channels=4, zero_init_residual=True)
    model.init_weights()
    blocks = [m for m in model.modules() if is_block(m)]
    assert blocks and all(m.norm3.weight.eq(0).all() for m in blocks)


@pytest.mark.parametrize('host', DENSE)
def test_plugins(host):
    places = (False, True, True, True)
    model = getattr(ProTuneResNet, host)(
        depth=50,
        base_channels=4,
        stem_channels=4,
        plugins=[dict(cfg=CONTEXT, stages=places, position='after_conv3')])
    for stage, there in zip((1, 2, 3, 4), places):
        for block in getattr(model, f'layer{stage}'):
            assert hasattr(block, 'context_block') == there
    assert len(shapes(model, 32, 32)) == 4


@pytest.mark.parametrize('depth', [18, 50])
def test_deep_stem_of_mmseg(depth):
    model = ProTuneResNetV1c.mmseg(depth=depth, stem_channels=8)
    assert len(model.stem) == 9
    assert shapes(model, 32, 32)[0][2:] == (8, 8)


@pytest.mark.parametrize('host', DENSE)
def test_resnext(host):
    kind = getattr(ProTuneResNeXt, host)
    with pytest.raises(KeyError):
        kind(depth=18)
    model = kind(depth=50, groups=32, base_width=4)
    blocks = [m for m in model.modules() if is_block(m)]
    assert len(blocks) == 16 and all(m.conv2.groups == 32 for m in blocks)
    model.init_weights()
    assert [x[1] for x in shapes(model, 64, 64)] == [256, 512, 1024, 2048]


@pytest.mark.parametrize('arch, widths', [
    ('regnetx_400mf', [32, 64, 160, 384]),
    ('regnetx_800mf', [64, 128, 288, 672]),
    ('regnetx_1.6gf', [72, 168, 408, 912]),
])
def test_regnet(arch, widths):
    with pytest.raises(AssertionError):
        ProTuneRegNet.mmdet(arch + '233')
    model = ProTuneRegNet.mmdet(arch)
    model.init_weights()
    assert shapes(model, 32, 32) == [(1, width, 8 // 2**i, 8 // 2**i)
                                     for i, width in enumerate(widths)]
