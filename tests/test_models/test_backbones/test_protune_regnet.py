"""Pro-tuned RegNets are their hosts' own classes."""
from importlib import import_module

import pytest
import torch

from protune_mm.models import ProTuneRegNet

ARCH = dict(w0=8, wa=8, wm=2.0, group_w=8, depth=6, bot_mul=1.0)


def stock(host):
    return import_module(f'{host}.models.backbones').RegNet


@pytest.mark.parametrize('host', ['mmdet', 'mmpretrain'])
def test_a_twin_for_each_regnet(host):
    twin = import_module(f'{host}.registry').MODELS.get('ProTuneRegNet')
    assert twin is getattr(ProTuneRegNet, host)
    assert issubclass(twin, stock(host)) and issubclass(twin, ProTuneRegNet)


def test_mmseg_has_no_regnet():
    assert not hasattr(import_module('mmseg.models.backbones'), 'RegNet')
    assert not hasattr(ProTuneRegNet, 'mmseg')


@pytest.mark.parametrize('host', ['mmdet', 'mmpretrain'])
def test_a_prompt_behind_each_stage_of_any_arch(host):
    """RegNet computes its widths, the prompts follow them."""
    model = getattr(ProTuneRegNet, host)(arch=ARCH, out_indices=(0, 1, 2))
    widths = {n: p[0].conv1.in_channels for n, p in model.prompts.items()}
    assert widths == dict(layer1=8, layer2=16, layer3=32)
    maps = model.eval()(torch.rand(1, 3, 64, 64))
    assert [x.shape[1] for x in maps] == list(widths.values())
