import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.models import ProTuneResNet, build_protune_backbone
from tests.test_methods.test_lora import vit


def resnet(depth=18, **arguments):
    return ProTuneResNet.mmdet(
        depth=depth,
        base_channels=8,
        methods=[dict(type='ConvAdapter', **arguments)])


def test_beside_the_3x3_convolutions():
    assert list(resnet().conv_adapters)[:3] == [
        'layer1_0_conv1', 'layer1_0_conv2', 'layer1_1_conv1'
    ]
    assert list(
        resnet(50).conv_adapters)[:2] == ['layer1_0_conv2', 'layer1_1_conv2']


@torch.no_grad()
def test_added_to_the_convolution():
    model = resnet(targets=['layer2.0.conv1']).eval()
    layer = model.conv_adapters['layer2_0_conv1']
    torch.nn.init.ones_(layer.up.weight)
    conv, x = model.layer2[0].conv1, torch.rand(1, 8, 9, 9)
    with model.without_prompts():
        expected = conv(x) + layer(x)
    torch.testing.assert_close(conv(x), expected)


def test_listed_convolutions_of_any_backbone():
    model = build_protune_backbone(
        'mmpretrain.ConvNeXt',
        arch='atto',
        methods=[
            dict(
                type='ConvAdapter',
                targets=['stages.0.0.depthwise_conv'],
                reduction=2)
        ])
    assert list(model.conv_adapters) == ['stages_0_0_depthwise_conv']


@pytest.mark.parametrize('arguments, message', [
    (dict(reduction=0), 'reduction=0 of ConvAdapter must be'),
    (dict(reduction=3), 'does not divide the 8 channels of layer1.0.conv1'),
    (dict(targets=['layer1.0']), 'which is no convolution but BasicBlock'),
    (dict(targets=['layer9']), 'targets names layer9, which'),
    (dict(targets='layer9'), 'targets names layer9, which'),
    (dict(targets='maxpool'), 'which is no convolution but MaxPool2d'),
    (dict(targets=5), 'targets=5 of ConvAdapter must be paths of modules'),
    (dict(reduction='4'), "reduction='4' of ConvAdapter must be"),
])
def test_bad_arguments(arguments, message):
    with pytest.raises(UserError, match=message):
        resnet(**arguments)


def test_not_in_a_vit():
    with pytest.raises(UserError, match='it is for CNNs'):
        vit(dict(type='ConvAdapter'))


def test_not_behind_the_last_output():
    with pytest.raises(UserError, match='layer3.0.conv1, which reaches no'):
        ProTuneResNet.mmdet(
            depth=18,
            out_indices=(0, ),
            methods=[dict(type='ConvAdapter', targets='layer3.0.conv1')])


def test_a_convolution_that_pads_in_its_own_way():
    with pytest.raises(UserError, match='which pads in its own way'):
        build_protune_backbone(
            'mmpretrain.EfficientNet',
            arch='b0',
            methods=[
                dict(type='ConvAdapter', reduction=1, targets='layers.0.conv')
            ])
