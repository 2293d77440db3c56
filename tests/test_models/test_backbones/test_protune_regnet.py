"""Pro-tuned RegNets are their hosts' own classes."""
from importlib import import_module

import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.models import ProTuneRegNet

ARCH = dict(w0=8, wa=8, wm=2.0, group_w=8, depth=6, bot_mul=1.0)


def regnet_of_torchvision():
    from torchvision.models.regnet import BlockParams, RegNet
    return RegNet(
        BlockParams.from_init_params(
            depth=6, w_0=8, w_a=8, w_m=2.0, group_width=8))


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


@pytest.mark.parametrize('host', ['mmdet', 'mmpretrain'])
def test_weights_of_torchvision(host, tmp_path):
    """Every entry arrives: the outputs are those of torchvision's model."""
    theirs = regnet_of_torchvision().eval()
    for module in theirs.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight)
            torch.nn.init.uniform_(module.running_mean)
    path = tmp_path / 'regnet.pth'
    torch.save(theirs.state_dict(), path)
    model = getattr(ProTuneRegNet, host)(
        arch=ARCH,
        out_indices=(3, ),
        init_cfg=dict(type='Pretrained', checkpoint=str(path)))
    model.init_weights()
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad(), model.eval().without_prompts():
        expected = theirs.trunk_output(theirs.stem(x))
        assert torch.equal(model(x)[-1], expected)


def test_weights_of_another_size_of_torchvision_are_refused():
    state = regnet_of_torchvision().state_dict()
    with pytest.raises(UserError, match=r'cannot load.*layer4\.'):
        ProTuneRegNet.mmpretrain(arch=dict(ARCH, depth=8)).load_state_dict(
            state, strict=False)


@pytest.mark.parametrize('tuning, depth, parts', [
    ('partial-1', 6, ['downsample']),
    ('partial-2', 6, ['downsample', 'conv3', 'bn3']),
    ('partial-1', 8, ['conv3', 'bn3']),
    ('partial-2', 8, ['conv3', 'bn3', 'conv2', 'bn2']),
])
def test_partial_trains_parts_of_the_last_block(tuning, depth, parts):
    """With the shortcut's if the block is the only one of its stage."""
    model = ProTuneRegNet.mmpretrain(
        arch=dict(ARCH, depth=depth), tuning=tuning)
    last = f'layer4.{len(model.layer4) - 1}'
    assert (model.layer4[-1].downsample is None) == (depth == 8)
    expected = tuple(f'{last}.{part}.' for part in parts)
    assert {n
            for n, p in model.named_parameters() if p.requires_grad} == {
                n
                for n, _ in model.named_parameters() if n.startswith(expected)
            }
