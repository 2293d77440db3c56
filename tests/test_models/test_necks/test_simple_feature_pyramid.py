"""A pyramid of one map, against the operations that its paper names."""
import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import MODELS, DefaultScope

from protune_mm.errors import UserError


def build(**arguments):
    with DefaultScope.overwrite_default_scope('mmdet'):
        neck = MODELS.build(
            dict(type='SimpleFeaturePyramid', in_channels=8, **arguments))
    generator = torch.manual_seed(0)
    with torch.no_grad():
        for parameter in neck.parameters():
            parameter.copy_(torch.rand(parameter.shape, generator=generator))
    return neck


def norm(x, weights, name):
    """Over the channels of each place."""
    mean, var = x.mean(1, keepdim=True), x.var(1, correction=0, keepdim=True)
    x = (x - mean) / (var + 1e-6).sqrt()
    return (x * weights[f'{name}.weight'][:, None, None] +
            weights[f'{name}.bias'][:, None, None])


def up(x, weights, name):
    return F.conv_transpose2d(
        x, weights[f'{name}.weight'], weights[f'{name}.bias'], stride=2)


def test_the_operations_of_the_paper():
    neck = build(out_channels=6).double()
    weights = neck.state_dict()
    x = torch.rand(2, 8, 4, 6, dtype=torch.float64)
    twice = F.gelu(norm(up(x, weights, 'scales.0.0'), weights, 'scales.0.1'))
    scaled = (up(twice, weights,
                 'scales.0.3'), up(x, weights,
                                   'scales.1'), x, F.max_pool2d(x, 2))
    expected = []
    for i, y in enumerate(scaled):
        y = F.conv2d(y, weights[f'laterals.{i}.0.weight'])
        y = norm(y, weights, f'laterals.{i}.1')
        y = F.conv2d(y, weights[f'laterals.{i}.2.weight'], padding=1)
        expected.append(norm(y, weights, f'laterals.{i}.3'))
    expected.append(expected[-1][..., ::2, ::2])
    # Of several maps it takes the last.
    found = neck((torch.rand(2, 8, 4, 6), x))
    assert [tuple(y.shape[2:]) for y in found] == [(16, 24), (8, 12), (4, 6),
                                                   (2, 3), (1, 2)]
    for a, b in zip(found, expected):
        torch.testing.assert_close(a, b)
    assert torch.equal(neck(x)[0], found[0])


def test_levels_and_norms():
    neck = build(num_outs=4, norm_cfg=dict(type='GN', num_groups=2))
    found = neck(torch.rand(1, 8, 4, 4))
    assert [tuple(y.shape) for y in found] == [(1, 256, 16 >> i, 16 >> i)
                                               for i in range(4)]
    assert isinstance(neck.laterals[0][1], torch.nn.GroupNorm)


@pytest.mark.parametrize('arguments, message', [
    (dict(num_outs=3), 'num_outs=3 .* at least 4'),
    (dict(in_channels=10), 'in_channels=10 .* multiple of 4'),
    (dict(in_channels=[8, 8]), r'in_channels=\[8, 8\] .* one whole number'),
])
def test_what_cannot_be(arguments, message):
    from protune_mm.models import SimpleFeaturePyramid
    with pytest.raises(UserError, match=message):
        SimpleFeaturePyramid(**dict(dict(in_channels=8), **arguments))
