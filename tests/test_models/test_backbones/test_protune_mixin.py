"""Arguments of the mixin, on a small ResNet of mmdet."""
import copy

import pytest
import torch
from mmengine.runner import save_checkpoint
from torch import nn

from protune_mm.errors import UserError
from protune_mm.models import ProTuneResNet
from protune_mm.tuning import split_state

SMALL = dict(depth=18, base_channels=8)


def build(**arguments):
    return ProTuneResNet.mmdet(**{**SMALL, **arguments})


def stock(**arguments):
    from mmdet.models.backbones import ResNet
    return ResNet(**{**SMALL, **arguments})


def trained(model):
    return {n for n, p in model.named_parameters() if p.requires_grad}


@pytest.mark.parametrize('stages, names', [
    (None, ['layer1', 'layer2', 'layer3', 'layer4']),
    ((0, 2), ['layer1', 'layer3']),
    ((3, ), ['layer4']),
    (('layer2.0', ), ['layer2_0']),
    (('layer4.0', 1, 'layer3', 'maxpool', 0),
     ['maxpool', 'layer1', 'layer2', 'layer3', 'layer4_0']),
    (('layer2', 1, 1, 'layer2.1', 'layer2'), ['layer2_1', 'layer2']),
    (3, ['layer4']),
    ('layer4', ['layer4']),
])
def test_prompt_stages(stages, names):
    assert list(build(prompt_stages=stages).prompts) == names


def test_a_prompt_in_the_middle_of_a_stage():
    """The next block sees the blended map, what is before does not."""
    model = build(
        prompt_stages=('layer2.0', ), prompt_cfg=dict(zero_init=False)).eval()
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad(), model.without_prompts():
        plain = model(x)
        inside = model.layer2[0](plain[0])
    with torch.no_grad():
        blended = model(x)
        expected = model.layer2[1](model.prompts.layer2_0(inside))
    assert torch.equal(blended[0], plain[0])
    assert torch.equal(blended[1], expected)
    assert not torch.equal(blended[1], plain[1])


def test_prompts_end_where_the_outputs_end():
    """A prompt that no output sees would have no gradient (DDP refuses)."""
    model = build(out_indices=(0, 1)).train()
    assert list(model.prompts) == ['layer1', 'layer2']
    sum(x.sum() for x in model(torch.rand(2, 3, 64, 64))).backward()
    assert all(p.grad is not None for p in model.prompts.parameters())


def test_prompts_per_stage():
    one, three = build(), build(prompts_per_stage=3)
    count = [
        sum(p.numel() for p in m.prompts.parameters()) for m in (one, three)
    ]
    assert count[1] == 3 * count[0]


def test_prompt_cfg_reaches_the_blocks():
    model = build(prompt_cfg=dict(kernel_size=7, beta=0.1, learn_beta=False))
    block = model.prompts.layer2[0]
    assert block.conv2.kernel_size == (7, 7)
    assert 'beta' not in dict(block.named_parameters())


def test_prompts_take_the_norm_of_the_host():
    model = build(norm_cfg=dict(type='SyncBN', requires_grad=False))
    norm = model.prompts.layer1[0].norm1
    assert isinstance(norm, nn.SyncBatchNorm)
    assert norm.weight.requires_grad


def test_channels_are_found_out():
    model = build(base_channels=16, in_channels=4)
    widths = [p[0].conv1.in_channels for p in model.prompts.values()]
    assert widths == [16, 32, 64, 128]


def test_gradients_flow_through_frozen_stages():
    model = build().train()
    model(torch.rand(2, 3, 64, 64))[-1].square().sum().backward()
    assert model.prompts.layer1[0].norm3.weight.grad.abs().sum() > 0
    assert model.layer2[0].conv1.weight.grad is None


def test_trained_modules_train_although_the_host_froze_them():
    model = build(
        frozen_stages=4,
        norm_eval=False,
        trained_modules=('bn1', 'layer4.1.conv2')).train()
    parts = ('prompts.', 'bn1.', 'layer4.1.conv2.')
    assert trained(model) == {
        n
        for n, _ in model.named_parameters() if n.startswith(parts)
    }
    for name, module in model.named_modules():
        assert module.training == f'{name}.'.startswith(parts), name
    known, frozen = split_state(model)
    assert known.keys() == {
        k
        for k in model.state_dict() if k.startswith(parts)
    }
    assert 'bn1.running_mean' in known and 'layer1.0.bn1.weight' in frozen

    before = {k: v.clone() for k, v in model.state_dict().items()}
    optimizer = torch.optim.SGD(
        [p for p in model.parameters() if p.requires_grad], lr=0.1)
    sum(x.square().sum() for x in model(torch.rand(2, 3, 64, 64))).backward()
    optimizer.step()
    after = model.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in frozen)
    for name in ('bn1.weight', 'bn1.running_mean', 'layer4.1.conv2.weight'):
        assert not torch.equal(before[name], after[name]), name


@pytest.mark.parametrize('modules', [['layer4.1.bn2'], 'layer4.1.bn2'])
def test_trained_modules_without_prompts(modules):
    names = {'layer4.1.bn2.weight', 'layer4.1.bn2.bias'}
    assert trained(build(tuning='head', trained_modules=modules)) == names


def test_pretrained_weights_arrive_and_prompts_stay_new(tmp_path):
    reference = stock()
    reference.init_weights()
    checkpoint = tmp_path / 'resnet.pth'
    save_checkpoint(dict(state_dict=reference.state_dict()), str(checkpoint))
    model = build(init_cfg=dict(type='Pretrained', checkpoint=str(checkpoint)))
    model.init_weights()
    assert torch.equal(model.layer4[1].conv2.weight,
                       reference.layer4[1].conv2.weight)
    block = model.prompts.layer1[0]
    assert block.norm3.weight.eq(0).all()
    # What it does has the size of the map.
    assert block.beta.item() not in (0, 1)


def test_trained_prompts_are_loaded_back(tmp_path):
    first, second = build(), build()
    with torch.no_grad():
        for parameter in first.prompts.parameters():
            parameter.normal_()
    second.load_state_dict(first.state_dict())
    x = torch.rand(1, 3, 64, 64)
    assert torch.equal(first.eval()(x)[-1], second.eval()(x)[-1])


def test_copies_refuse_another_backbone_too():
    """As the averaged model of EMA does, which hooks load into."""
    foreign = stock(depth=34).state_dict()
    model = build()
    clone = copy.deepcopy(model)
    before = {k: v.clone() for k, v in clone.state_dict().items()}
    with pytest.raises(UserError, match=r'no layer1\.2'):
        clone.load_state_dict(foreign, strict=False)
    assert all(
        torch.equal(before[k], v) for k, v in model.state_dict().items())
    assert all(
        torch.equal(before[k], v) for k, v in clone.state_dict().items())
    # Each asks its own modules, not those it was copied from.
    clone.layer1.append(nn.Conv2d(8, 8, 1))
    with pytest.raises(UserError, match=r'lacks layer1\.2'):
        clone.load_state_dict(model.state_dict(), strict=False)
    model.load_state_dict(stock().state_dict(), strict=False)


@pytest.mark.parametrize('arguments, named', [
    (dict(prompt_stages=(0, 4)), r'stage 4.*0 \(layer1\).*3 \(layer4\)'),
    (dict(prompt_stages=(2, ), out_indices=(0, 1)), 'stage 2.*1 .layer2.'),
    (dict(prompt_stages=(-1, )), 'stage -1'),
    (dict(prompt_stages=(0, 'layer2.2')), r'layer2\.2, .*: layer2 has 0, 1\.'),
    (dict(trained_modules=('fc', )), 'trained_modules names fc, .*layer4.0'),
    (dict(trained_modules=('layer4.1.bn3', )), 'layer4.1 has conv1, bn1, '),
    (dict(trained_modules=('layer4', 'prompts')), 'names prompts, '),
    (dict(tuning='adapter'), "'adapter'.*protune, head"),
    (dict(prompts_per_stage=0), 'prompts_per_stage=0'),
    (dict(prompts_per_stage='2'), "prompts_per_stage='2' must be a whole"),
    (dict(prompts_per_stage=1.5), 'prompts_per_stage=1.5 must'),
    (dict(prompt_cfg=dict(groups=3)), 'groups=3'),
])
def test_bad_arguments_are_named(arguments, named):
    with pytest.raises(UserError, match=named):
        build(**arguments)
