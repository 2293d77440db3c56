"""Prompt blocks as a method among others."""
import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.hosts import noise
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


def betas(model):
    return {
        name: value
        for name, value in model.state_dict().items() if name.endswith('.beta')
    }


@pytest.fixture(scope='module')
def stock():
    """Weights of a stock ResNet whose maps are three times as large."""
    torch.manual_seed(0)
    weights = ProTuneResNet.mmdet(**RESNET, methods=[]).state_dict()
    weights['bn1.weight'] *= 3
    return weights


def test_blocks_start_at_the_size_of_the_maps(stock):
    model = ProTuneResNet.mmdet(**RESNET)
    assert all(beta == 1 for beta in betas(model).values())
    model.train()
    modes = [module.training for module in model.modules()]
    before = torch.get_rng_state()
    model.load_state_dict(stock, strict=False)
    assert torch.equal(torch.get_rng_state(), before)
    assert modes == [module.training for module in model.modules()]
    with torch.no_grad():
        maps = model.eval()(noise(1, 3, 224, 224, device='cpu'))
    assert len(set(betas(model).values())) == 4
    for beta, found in zip(betas(model).values(), maps):
        torch.testing.assert_close(
            beta[0], found.square().mean().sqrt(), rtol=.01, atol=0)
    again = ProTuneResNet.mmdet(**RESNET)
    again.load_state_dict(stock, strict=False)
    assert betas(again) == betas(model)


def test_trained_blocks_stay(stock):
    model = ProTuneResNet.mmdet(**RESNET)
    model.load_state_dict(stock, strict=False)
    own = model.state_dict()
    own['prompts.layer1.0.beta'] = torch.tensor([7.])
    for entries in (own, tuning_entries(own)):
        model = ProTuneResNet.mmdet(**RESNET)
        model.load_state_dict(entries, strict=False)
        assert model.prompts.layer1[0].beta == 7


def tuning_entries(state):
    """What a delta holds."""
    return {k: v for k, v in state.items() if k.startswith('prompts.')}


@pytest.mark.parametrize('cfg, start', [
    (dict(beta=0.5), 0.5),
    (dict(learn_beta=False), 1.),
    (dict(zero_init=False), 1.),
])
def test_other_starts_stay(stock, cfg, start):
    model = ProTuneResNet.mmdet(**RESNET, prompt_cfg=cfg)
    model.load_state_dict(stock, strict=False)
    assert all(beta == start for beta in betas(model).values())


def test_a_backbone_that_takes_no_image_alone_starts_at_one(
        stock, monkeypatch):
    model = ProTuneResNet.mmdet(**RESNET)

    def forward(x):
        raise ValueError('A second image is missing.')

    monkeypatch.setattr(model, 'forward', forward)
    model.load_state_dict(stock, strict=False)
    assert all(beta == 1 for beta in betas(model).values())
