"""Finding the modules that prompts go behind, and their widths."""
import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.hosts.paths import check_path, overview, resolve_stages
from protune_mm.hosts.probe import find_channels
from protune_mm.models import ProTuneResNet, build_protune_backbone


def resnet(**arguments):
    """No prompts, so that modules are as the host made them."""
    return ProTuneResNet.mmdet(**{
        'depth': 18,
        'base_channels': 8,
        'tuning': 'head',
        **arguments
    })


def convnext(**arguments):
    arch = dict(depths=[1, 2, 1, 1], channels=[8, 16, 24, 32])
    return build_protune_backbone(
        'mmpretrain.ConvNeXt', arch=arch, **arguments)


def hrnet(**arguments):
    channels = (8, 16, 24, 32)
    extra = {
        f'stage{i}':
        dict(
            num_modules=1,
            num_branches=i,
            block='BASIC',
            num_blocks=(1, ) * i,
            num_channels=channels[:i])
        for i in range(1, 5)
    }
    return build_protune_backbone('mmdet.HRNet', extra=extra, **arguments)


def test_overview_shows_items_of_containers_as_a_range():
    shown = overview(convnext(tuning='head'))
    assert 'stages.0 to stages.3' in shown
    assert 'norm3' in shown and 'prompts' not in shown


@pytest.mark.parametrize('option', ['prompt_stages', 'trained_modules'])
@pytest.mark.parametrize('path, named', [
    ('layer5', 'ProTuneResNet .*: there are conv1, .*layer4.0 to layer4.1'),
    ('layer3.7', r'layer3 has 0, 1\.$'),
    ('layer3.0.conv9', r'layer3\.0 has conv1, bn1, '),
    ('conv1.weight', 'conv1 has no parts'),
    ('', 'there are conv1, '),
])
def test_errors_name_the_modules_that_are_there(option, path, named):
    with pytest.raises(UserError, match=named) as error:
        resnet(**{'tuning': 'protune', option: [path]})
    assert str(error.value).startswith(f'{option} names {path},')


def test_a_good_path_passes():
    for path in ('layer3', 'layer3.1', 'layer3.1.conv2'):
        check_path(resnet(), path, 'prompt_stages')


def test_numbers_become_paths_without_repetition():
    paths = resolve_stages(resnet(), [2, 'layer2.0', 0, 'layer3', 0],
                           ('layer1', 'layer2', 'layer3'))
    assert paths == ['layer3', 'layer2.0', 'layer1']


@pytest.mark.parametrize('stage', [-1, 2])
def test_a_stage_out_of_range_names_the_stages_and_the_modules(stage):
    with pytest.raises(
            UserError,
            match=rf'stage {stage}, .*0 \(layer1\), 1 \(layer2\): .*'
            'by their paths, .*there are conv1, '):
        resnet(tuning='protune', out_indices=(0, 1), prompt_stages=(stage, ))


def test_stages_of_any_backbone_have_numbers():
    assert list(convnext(prompt_stages=[2]).prompts) == ['stages_2']
    with pytest.raises(UserError, match=r'stage 4, .*3 \(stages.3\): .*'):
        convnext(prompt_stages=[4])


def test_channels_come_in_the_order_of_computation():
    model = resnet(in_channels=5).eval()
    paths = ['layer4', 'layer1.0', 'conv1', 'layer2']
    found = find_channels(model, None, paths)
    assert list(found.items()) == [('conv1', 8), ('layer1.0', 8),
                                   ('layer2', 16), ('layer4', 64)]
    # So do the prompts, whatever order the config has.
    model = convnext(prompt_stages=['stages.3', 'stages.1.0'])
    assert list(model.prompts) == ['stages_1_0', 'stages_3']


@pytest.mark.parametrize('arguments', [
    dict(in_channels=1),
    dict(in_channels=5),
    dict(in_channels=4, deep_stem=True),
])
def test_images_have_any_number_of_channels(arguments):
    model = resnet(tuning='protune', **arguments).eval()
    assert [p[0].conv1.in_channels
            for p in model.prompts.values()] == [8, 16, 32, 64]
    channels = arguments['in_channels']
    assert len(model(torch.rand(1, channels, 32, 32))) == 4


def test_looking_leaves_no_trace():
    model = resnet(tuning='finetune', frozen_stages=1).eval()
    flags = [p.requires_grad for p in model.parameters()]
    assert any(flags) and not all(flags)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    seen = []
    model.layer1.register_forward_hook(lambda *args: seen.append(args))
    for paths in (['layer1'], ['layer1', 'layer1.0.relu']):
        try:
            find_channels(model, None, paths)
        except UserError:
            pass
    assert flags == [p.requires_grad for p in model.parameters()]
    assert all(p.grad is None for p in model.parameters())
    after = model.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before)
    assert len(seen) == 2  # hooks of others stay, ours are gone
    assert sum(len(m._forward_hooks) for m in model.modules()) == 1


@pytest.mark.parametrize(
    'path, width',
    [
        ('stages.1.0.norm', 16),  # permuted to (B, H, W, C) inside the block
        ('stages.1.0.pointwise_conv1', 64),
    ])
def test_channels_last_maps_are_taken(path, width):
    model = convnext(prompt_stages=[path]).eval()
    assert [p[0].conv1.in_channels for p in model.prompts.values()] == [width]
    assert model(torch.rand(1, 3, 64, 96))[0].shape == (1, 32)


def test_what_is_no_map_is_refused():
    with pytest.raises(UserError, match='stage2.0, which returns list'):
        hrnet(prompt_stages=['stage2.0'])


@pytest.mark.parametrize('build, path, times', [
    (convnext, 'stages', 0),
    (hrnet, 'stage4.0.branches', 0),
    (hrnet, 'relu', 2),
    (resnet, 'layer1.0.relu', 2),
])
def test_modules_run_once(build, path, times):
    with pytest.raises(
            UserError, match=f'{path}, which runs {times} times for an image'):
        build(tuning='protune', prompt_stages=[path])


@pytest.mark.parametrize('build, arguments, path', [
    (resnet, dict(tuning='protune', out_indices=(0, 1)), 'layer4'),
    (convnext, dict(out_indices=(0, 1)), 'stages.3'),
])
def test_modules_reach_an_output(build, arguments, path):
    """A prompt that no output sees would have no gradient (DDP refuses)."""
    with pytest.raises(UserError, match=f'{path}, which reaches no output'):
        build(prompt_stages=[path], **arguments)


@pytest.mark.parametrize('backbone, arguments, path, width', [
    ('mmdet.CSPDarknet', dict(widen_factor=0.25), 'stage2', 64),
    ('mmpretrain.SwinTransformerV2', dict(arch='tiny'), 'patch_embed', 96),
    ('mmpretrain.MobileNetV2', dict(widen_factor=0.25), 'layer4', 16),
])
def test_images_that_a_backbone_takes_are_found(backbone, arguments, path,
                                                width):
    """The first convolution is no stem; only 256 px are taken."""
    model = build_protune_backbone(backbone, prompt_stages=[path], **arguments)
    assert [p[0].conv1.in_channels for p in model.prompts.values()] == [width]


def test_a_backbone_that_takes_no_image_says_so():
    with pytest.raises(UserError, match='ResNet takes no image of .*: broken'):
        model = resnet()
        model.layer1.register_forward_pre_hook(breaks)
        find_channels(model, None, ['layer2'])


def breaks(module, inputs):
    raise RuntimeError('broken')
