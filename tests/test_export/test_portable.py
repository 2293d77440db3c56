"""Stand-ins for parts of hosts compute the same, to the batch and the size."""
import pytest
import torch
from mmengine.registry import MODELS
from torch import nn

from protune_mm.export.portable import (AveragePooling, make_portable,
                                        window_reverse)


@pytest.mark.parametrize('bins', [1, 2, 3, 6, 9])
@pytest.mark.parametrize('size', [(7, 16), (6, 5)])
def test_pooling(bins, size):
    x = torch.rand(2, 3, *size, dtype=torch.double)
    found = AveragePooling(bins, 2)(x)
    expected = nn.functional.adaptive_avg_pool2d(x, (bins, 2))
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize('name, size', [('mmseg.SwinTransformer', ()),
                                        ('mmpretrain.SwinTransformer', (7, ))])
def test_windows(name, size):
    with MODELS.switch_scope_and_registry(name.split('.')[0]) as registry:
        swin = registry.get(name)(
            window_size=7) if size == () else registry.get(name)(
                window_size=7, arch='tiny')
    attn = swin.stages[0].blocks[0].attn
    windows = torch.rand(3 * 2 * 4, 7, 7, 5)
    expected = attn.window_reverse(windows, 14, 28, *size)
    assert window_reverse(windows, 14, 28, *size).equal(expected)
    assert make_portable(
        swin).stages[0].blocks[0].attn.window_reverse is window_reverse


def test_only_what_onnx_lacks_is_replaced():
    model = nn.Sequential(
        nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d((1, 1)),
        nn.AdaptiveAvgPool2d((None, 3)), nn.AdaptiveAvgPool2d(3))
    kinds = [type(part) for part in make_portable(model)]
    assert kinds == [nn.AdaptiveAvgPool2d] * 3 + [AveragePooling]
