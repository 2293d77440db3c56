"""Pro-tuned ResNeXts are their hosts' own classes."""
from importlib import import_module

import pytest
import torch

from protune_mm.models import ProTuneResNeXt

each_host = pytest.mark.parametrize('host', ['mmdet', 'mmseg', 'mmpretrain'])


@each_host
def test_a_twin_for_each_resnext(host):
    twin = import_module(f'{host}.registry').MODELS.get('ProTuneResNeXt')
    stock = import_module(f'{host}.models.backbones').ResNeXt
    assert twin is getattr(ProTuneResNeXt, host)
    assert issubclass(twin, stock) and issubclass(twin, ProTuneResNeXt)


@each_host
def test_groups_of_the_host_are_not_those_of_the_prompts(host):
    """Both classes have an argument of this name."""
    model = getattr(ProTuneResNeXt, host)(
        depth=50, groups=8, out_indices=(0, 1), prompt_cfg=dict(groups=2))
    assert model.layer1[0].conv2.groups == 8
    assert {
        n: p[0].conv1.groups
        for n, p in model.prompts.items()
    } == dict(
        layer1=2, layer2=2)
    with torch.no_grad():
        maps = model.eval()(torch.rand(1, 3, 32, 32))
    assert [x.shape[1] for x in maps] == [256, 512]
