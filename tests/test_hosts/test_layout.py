"""Folded convolutional backbones run in channels_last; nobody sees it."""
import pytest
import torch
from torch import nn

from protune_mm.execution import fold_norms
from tests import backbones

CASES = [
    case for case in backbones.CASES if any(
        name in str(case) for name in ('ResNet-18', 'V1c-18', 'V1d-18',
                                       'ResNeXt', 'RegNet', 'dcn'))
]
PLUGINS = [
    dict(
        cfg=dict(type='ContextBlock', ratio=1. / 4),
        stages=(False, True, True, True),
        position='after_conv2')
]


def check(backbone, images):
    """Return a folded copy, which gives the same outputs."""
    backbone.eval()
    folded = fold_norms(backbone)
    with torch.no_grad():
        outputs, expected = folded(images), backbone(images)
    assert type(outputs) is type(expected)
    for x, y in zip(outputs, expected):
        assert x.is_contiguous() == y.is_contiguous()
        torch.testing.assert_close(x, y, rtol=1e-3, atol=1e-4)
    return folded


def in_channels_last(backbone):
    kernels = [
        module.weight for module in backbone.modules()
        if isinstance(module, nn.Conv2d) and min(module.weight.shape[1:]) > 1
    ]
    return kernels and all(not weight.is_contiguous() for weight in kernels)


@pytest.mark.parametrize('case', CASES, ids=str)
def test_outputs(case):
    backbone = case.build()
    folded = check(backbone, torch.rand(2, 3, case.size, case.size))
    # Deformable convolutions of mmcv want the usual layout.
    assert in_channels_last(folded) == ('dcn' not in str(case))
    assert not in_channels_last(backbone)


def test_plugins():
    case = next(case for case in CASES if str(case) == 'mmdet-ResNet-18')
    case = case._replace(
        arguments=dict(case.arguments, depth=50, plugins=PLUGINS))
    assert in_channels_last(check(case.build(), torch.rand(2, 3, 64, 64)))


def test_others_stay():
    case = next(case for case in backbones.CASES if 'Swin' in str(case))
    images = torch.rand(1, 3, case.size, case.size)
    kernels = [
        module for module in check(case.build(), images).modules()
        if isinstance(module, nn.Conv2d) and module.groups == 1
    ]
    assert all(module.weight.is_contiguous() for module in kernels)
