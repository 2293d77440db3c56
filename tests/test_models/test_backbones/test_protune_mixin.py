"""Arguments of the mixin, on a small ResNet of mmdet."""
import pytest
import torch
from mmengine.runner import save_checkpoint
from torch import nn

from protune_mm.errors import UserError
from protune_mm.models import ProTuneResNet

SMALL = dict(depth=18, base_channels=8)


def build(**arguments):
    return ProTuneResNet.mmdet(**{**SMALL, **arguments})


def stock(**arguments):
    from mmdet.models.backbones import ResNet
    return ResNet(**{**SMALL, **arguments})


def trained(model):
    return {n for n, p in model.named_parameters() if p.requires_grad}


def test_paradigms():
    prompts = trained(build())
    host = trained(stock(frozen_stages=1))
    assert trained(build(tuning='head')) == set()
    assert trained(build(tuning='finetune', frozen_stages=1)) == host
    assert trained(build(tuning='protune+finetune',
                         frozen_stages=1)) == host | prompts
    assert not host & prompts


def test_finetuning_trains_as_the_host_does():
    model, reference = (
        m.train() or m for m in (build(tuning='finetune', norm_eval=False),
                                 stock(norm_eval=False)))
    reference.load_state_dict(model.state_dict())
    x = torch.rand(2, 3, 64, 64)
    assert torch.equal(model(x)[-1], reference(x)[-1])
    assert torch.equal(model.bn1.running_mean, reference.bn1.running_mean)


def test_norm_eval_of_the_host_spares_the_new_norms():
    model = build(tuning='protune+finetune', norm_eval=True).train()
    assert not model.layer1[0].bn1.training
    assert model.prompts.layer1[0].norm1.training


@pytest.mark.parametrize('stages, names', [
    (None, ['layer1', 'layer2', 'layer3', 'layer4']),
    ((0, 2), ['layer1', 'layer3']),
    ((3, ), ['layer4']),
])
def test_prompt_stages(stages, names):
    assert list(build(prompt_stages=stages).prompts) == names


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


def test_pretrained_weights_arrive_and_prompts_stay_new(tmp_path):
    reference = stock()
    reference.init_weights()
    checkpoint = tmp_path / 'resnet.pth'
    save_checkpoint(dict(state_dict=reference.state_dict()), str(checkpoint))
    model = build(init_cfg=dict(type='Pretrained', checkpoint=str(checkpoint)))
    model.init_weights()
    assert torch.equal(model.layer4[1].conv2.weight,
                       reference.layer4[1].conv2.weight)
    assert model.prompts.layer1[0].norm3.weight.eq(0).all()
    assert model.prompts.layer1[0].beta.item() == 1


def test_trained_prompts_are_loaded_back(tmp_path):
    first, second = build(), build()
    with torch.no_grad():
        for parameter in first.prompts.parameters():
            parameter.normal_()
    second.load_state_dict(first.state_dict())
    x = torch.rand(1, 3, 64, 64)
    assert torch.equal(first.eval()(x)[-1], second.eval()(x)[-1])


@pytest.mark.parametrize('arguments, named', [
    (dict(prompt_stages=(0, 4)), r'stage 4.*0 \(layer1\).*3 \(layer4\)'),
    (dict(prompt_stages=(2, ), out_indices=(0, 1)), 'stage 2.*1 .layer2.'),
    (dict(prompt_stages=(-1, )), 'stage -1'),
    (dict(tuning='adapter'), "'adapter'.*protune, head"),
    (dict(prompts_per_stage=0), 'prompts_per_stage=0'),
    (dict(prompt_cfg=dict(groups=3)), 'groups=3'),
])
def test_bad_arguments_are_named(arguments, named):
    with pytest.raises(UserError, match=named):
        build(**arguments)
