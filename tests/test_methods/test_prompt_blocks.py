"""Prompt blocks as a method among others."""
import pytest

from protune_mm.errors import UserError
from protune_mm.models import ProTuneResNet, ProTuneSwin

RESNET = dict(depth=18, base_channels=8)
SWIN = dict(embed_dims=24, depths=(1, 1, 1, 1), num_heads=(1, 2, 2, 4))


def test_arguments_of_the_preset_are_those_of_the_method():
    arguments = dict(
        prompt_stages=[1, 'layer4.0'],
        prompts_per_stage=2,
        prompt_cfg=dict(kernel_size=3))
    preset = ProTuneResNet.mmdet(**RESNET, **arguments)
    method = ProTuneResNet.mmdet(
        **RESNET, methods=[dict(type='PromptBlocks', **arguments)])
    assert list(preset.state_dict()) == list(method.state_dict())
    assert preset.prompts.layer2[1].conv2.kernel_size == (3, 3)


def test_there_may_be_no_method():
    assert not ProTuneResNet.mmdet(**RESNET, methods=[]).prompts


def test_blocks_go_behind_merging():
    model = ProTuneSwin.mmdet(
        **SWIN,
        methods=[dict(type='PromptBlocks', prompts_after_merging=True)])
    widths = [p[0].conv1.in_channels for p in model.prompts.values()]
    assert widths == [24, 48, 96, 192, 192]


def test_there_must_be_a_merging():
    with pytest.raises(UserError, match='ProTuneResNet does not: leave it'):
        ProTuneResNet.mmdet(**RESNET, prompts_after_merging=True)


def test_arguments_of_the_preset_stand_alone():
    with pytest.raises(UserError, match='prompt_stages cannot stand beside'):
        ProTuneResNet.mmdet(**RESNET, methods=[], prompt_stages=[0])


def test_two_methods_cannot_take_one_place():
    blocks = dict(type='PromptBlocks', prompt_stages=[0])
    with pytest.raises(UserError, match='add prompts.layer1 .* twice'):
        ProTuneResNet.mmdet(**RESNET, methods=[blocks, blocks])
