"""Prompts among the patches of a Swin: merging, and no prompts at all.

Attention is compared in test_backbones/test_prompted_swin.py.
"""
import torch
import torch.nn.functional as F
from mmdet.models.backbones.swin import swin_converter

from protune_mm.hosts.call import Call
from protune_mm.hosts.swin_windows import split_prompts, take_prompts
from tests.small_swin import build, each_host, image


def test_split():
    tokens = torch.rand(2, 3 + 6, 4)
    prompts, patches = split_prompts(tokens, (2, 3))
    assert torch.equal(prompts, tokens[:, :3])
    assert torch.equal(patches, tokens[:, 3:])


@each_host
def test_without_prompts_nothing_changes(host):
    model = build(host, twin=False)
    model.eval()  # which returns None
    with torch.no_grad():
        expected = model(image())
        for stage in model.stages:
            take_prompts(stage, Call())
        assert all(torch.equal(a, b) for a, b in zip(model(image()), expected))


def test_merging_equals_that_of_swins_authors():
    """W2: they join the channels of four neighbours in another order."""
    stage = build('mmdet', twin=False).stages[0].eval()
    take_prompts(stage, Call())
    merging = stage.downsample
    torch.manual_seed(0)
    reduction, scale = 0.1 * torch.randn(48, 96), torch.rand(96)
    ours = swin_converter({
        'layers.0.downsample.reduction.weight': reduction,
        'layers.0.downsample.norm.weight': scale
    })
    prefix = 'backbone.stages.0.downsample.'
    merging.reduction.weight.data = ours[f'{prefix}reduction.weight']
    merging.norm.weight.data = ours[f'{prefix}norm.weight']
    torch.nn.init.zeros_(merging.norm.bias)
    prompts = torch.rand(2, 3, 24)
    with torch.no_grad():
        merged, _ = merging(
            torch.cat((prompts, torch.rand(2, 16, 24)), 1), (4, 4))
    joined = torch.cat([prompts] * 4, -1)
    expected = F.layer_norm(joined, (96, ), scale) @ reduction.T
    assert torch.allclose(merged[:, :3], expected, atol=1e-5)
