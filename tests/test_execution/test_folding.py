"""Folded norms compute the same, within rounding."""
import copy

import pytest
import timm
import torch
from mmcv.cnn import ConvModule
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from protune_mm.costs import build_arm
from protune_mm.execution import fold_norms
from protune_mm.models import ProTuneRegNet, ProTuneResNet, ProTuneSwin
from tests.slim_configs import HTC, UPERNET, read

BACKBONES = dict(
    resnet=lambda **more: ProTuneResNet.mmdet(
        depth=18, base_channels=8, norm_eval=False, **more),
    regnet=lambda **more: ProTuneRegNet.mmpretrain(
        arch='regnetx_400mf', out_indices=(0, 1, 2, 3), **more),
    swin=lambda **more: ProTuneSwin.mmseg(
        embed_dims=16, depths=(1, 1, 1, 1), num_heads=(1, 1, 1, 1), **more))


def norms(model):
    return [x for x in model.modules() if isinstance(x, _BatchNorm)]


def trained(model):
    """Norms that all compute something."""
    generator = torch.Generator().manual_seed(0)
    for norm in norms(model):
        for value, low, high in ((norm.running_mean, -.3,
                                  .3), (norm.running_var, .5, 2),
                                 (norm.weight.data, .5, 1.5), (norm.bias.data,
                                                               -.3, .3)):
            value.uniform_(low, high, generator=generator)
    return model.eval()


def error(found, expected):
    return float((found - expected).abs().max() / expected.abs().max())


@pytest.mark.parametrize('grad', [False, True])
@pytest.mark.parametrize('memory', ['plain', 'leanest'])
@pytest.mark.parametrize('name', BACKBONES)
def test_backbones(name, memory, grad):
    backbone = trained(BACKBONES[name](memory=memory))
    before = copy.deepcopy(backbone.state_dict())
    folded = fold_norms(backbone.train())
    images = torch.rand(2, 3, 64, 64, requires_grad=grad)
    assert not norms(folded) and not folded.training
    with torch.set_grad_enabled(grad):
        for x, y in zip(folded(images), backbone.eval()(images)):
            assert error(x, y) < 1e-4
    # The one that was given stays as it is.
    assert before.keys() == backbone.state_dict().keys()
    assert all(
        torch.equal(before[key], value)
        for key, value in backbone.state_dict().items())


@pytest.mark.parametrize('path', [HTC, UPERNET], ids=lambda path: path.stem)
def test_models(path):
    model = trained(build_arm(read(path)))
    folded = fold_norms(model)
    assert norms(model) and not norms(folded)
    with torch.no_grad():
        features = model.extract_feat(torch.rand(1, 3, 64, 64))
        if path == UPERNET:
            x, y = folded.decode_head(features), model.decode_head(features)
            assert error(x, y) < 1e-4


@pytest.mark.parametrize('name, left', [
    ('efficientnet_b0', 0),
    ('tf_efficientnet_lite0', 0),
    ('resnet18', 0),
    ('repvit_m0_9', None),
    ('densenet121', None),
])
def test_timm(name, left):
    """Norms with an activation inside; norms behind sums."""
    model = trained(timm.create_model(name))
    folded = fold_norms(model)
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert error(folded(x), model(x)) < 1e-3
    assert left is None or len(norms(folded)) == left


def check(*layers):
    """Fold a sequence; return how many norms are left."""
    model = trained(nn.Sequential(*layers))
    folded = fold_norms(model)
    x = torch.rand(2, 4, 6, 6)
    with torch.no_grad():
        assert error(folded(x), model(x)) < 1e-4
    return len(norms(folded))


def test_what_does_not_fit():
    conv, norm = nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4)
    order = dict(order=('norm', 'act', 'conv'), norm_cfg=dict(type='BN'))
    assert check(conv, norm) == 0
    # mmcv's fuse_conv_bn takes each of these for a pair.
    assert check(ConvModule(4, 4, 1, **order)) == 1
    assert check(conv, nn.GELU(), norm) == 1
    assert check(conv, nn.ConvTranspose2d(4, 4, 1), norm) == 1
    assert check(conv, nn.BatchNorm2d(4), nn.ReLU(),
                 nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4),
                               norm)) == 1
    shared = nn.Conv2d(4, 4, 1)
    assert check(shared, nn.BatchNorm2d(4), shared, nn.BatchNorm2d(4)) == 2
    assert check(
        ConvModule(
            4, 4, 1, conv_cfg=dict(type='ConvWS'),
            norm_cfg=dict(type='BN'))) == 1
    assert check(nn.utils.spectral_norm(nn.Conv2d(4, 4, 1)), norm) == 1


def test_layers_in_another_order():

    class Sum(nn.Module):

        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(4, 4, 1)
            self.norm = nn.BatchNorm2d(4)

        def forward(self, x):
            return self.norm(self.conv(x) + x)

    assert check(Sum()) == 1


def test_what_a_hook_sees_stays():
    conv, norm = nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4)
    norm.register_forward_hook(lambda module, inputs, output: 2 * output)
    assert check(conv, norm) == 1
