import pytest
import torch
from torch import nn

from protune_mm.errors import UserError
from protune_mm.models import (ProTuneBEiT, ProTuneResNet, ProTuneSwin,
                               ProTuneViT, build_protune_backbone)
from tests.lean_case import wake

ARCH = dict(embed_dims=32, num_layers=2, num_heads=4, feedforward_channels=48)


def vit(*methods, **more):
    return ProTuneViT.mmpretrain(
        arch=ARCH, img_size=32, patch_size=8, methods=methods, **more)


def lora(**arguments):
    return dict(type='LoRA', **arguments)


@pytest.mark.parametrize('targets, places', [
    ('attention', ['attn_qkv', 'attn_proj']),
    ('ffn', ['ffn_layers_0_0', 'ffn_layers_1']),
    (['ffn', 'layers.1.attn.proj'], ['ffn_layers_0_0', 'ffn_layers_1']),
])
def test_roles_and_paths(targets, places):
    names = list(vit(lora(targets=targets)).lora)
    expected = [f'layers_{i}_{place}' for i in (0, 1) for place in places]
    if 'layers.1.attn.proj' in targets:
        expected.append('layers_1_attn_proj')
    assert names == expected


def test_all_of_a_cnn_but_depthwise():
    model = ProTuneResNet.mmdet(
        depth=18, base_channels=8, methods=[lora(targets='all')])
    convs = [
        name.replace('.', '_') for name, m in model.named_modules()
        if isinstance(m, nn.Conv2d) and name.startswith('layer')
    ]
    assert list(model.lora) == convs


@torch.no_grad()
def test_alpha_and_rank_scale_the_product():
    model = vit(lora(rank=2, alpha=6, targets='layers.0.attn.proj')).eval()
    layer = model.lora['layers_0_attn_proj']
    nn.init.normal_(layer.up.weight)
    proj = model.layers[0].attn.proj
    x = torch.rand(1, 3, 32)
    change = 3 * layer.up.weight @ layer.down.weight
    torch.testing.assert_close(
        proj(x), x @ (proj.weight + change).T + proj.bias)
    merged = model.merge().state_dict()['layers.0.attn.proj.weight']
    torch.testing.assert_close(merged, proj.weight + change)


def test_combines_with_prompts():
    model = vit(lora(), dict(type='PromptTokens', prompt_length=3),
                dict(type='PromptBlocks', prompt_stages=['layers.0'])).train()
    model(torch.rand(2, 3, 32, 32))[0].sum().backward()
    trained = {n for n, p in model.named_parameters() if p.requires_grad}
    assert {n.split('.')[0] for n in trained} == {'lora', 'prompts', 'ln1'}
    assert all(model.get_parameter(n).grad is not None for n in trained)
    with pytest.raises(UserError, match='PromptTokens cannot be merged'):
        model.merge()


@pytest.mark.parametrize('arguments, message', [
    (dict(rank=0), 'rank=0 of LoRA must be'),
    (dict(rank=.5), 'rank=0.5 of LoRA must be'),
    (dict(rank=999), 'rank=999 of LoRA is no low rank here: .* more than'),
    (dict(dropout=1.), 'dropout=1.0 of LoRA must be'),
    (dict(alpha=0), 'alpha=0 of LoRA must be a number other'),
    (dict(alpha='16'), "alpha='16' of LoRA must be a number"),
    (dict(targets=[]), r'targets=\[\] of LoRA must be'),
    (dict(targets=None), 'targets=None of LoRA must be'),
    (dict(targets=5), 'targets=5 of LoRA must be attention, ffn, all, or'),
    (dict(alpha=float('nan')), 'alpha=nan of LoRA must be'),
    (dict(targets='layers.7'), 'targets names layers.7, which'),
    (dict(targets='layers.0.ln1'), "'layers.0.ln1' of LoRA has no linear"),
])
def test_bad_arguments(arguments, message):
    with pytest.raises(UserError, match=message):
        vit(lora(**arguments))


def test_no_attention_in_a_cnn():
    with pytest.raises(UserError, match="choose targets='all'"):
        ProTuneResNet.mmdet(depth=18, methods=[lora()])


def test_dropout_acts_in_training_alone():
    model = ProTuneSwin.mmdet(
        embed_dims=12,
        depths=(1, 1),
        num_heads=(1, 1),
        strides=(4, 2),
        out_indices=(0, 1),
        methods=[lora(dropout=.5)])
    for layer in model.lora.values():
        nn.init.normal_(layer.up.weight)
    image = torch.rand(1, 3, 64, 64)
    one, other = model.train()(image)[-1], model(image)[-1]
    assert not torch.equal(one, other)
    one, other = model.eval()(image)[-1], model(image)[-1]
    assert torch.equal(one, other)


@pytest.mark.parametrize('order', [1, -1])
def test_beside_tokens_in_an_attention_that_takes_weights(order):
    """BEiT's, in which both stand in for the host's forward."""
    methods = [lora(rank=2), dict(type='PromptTokens', prompt_length=3)]
    model = ProTuneBEiT.mmseg(
        img_size=32,
        embed_dims=32,
        num_layers=2,
        num_heads=4,
        out_indices=(1, ),
        methods=methods[::order]).eval()
    image = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        before = model(image)[0]
        for values in model.prompts['tokens'].parameters():
            values += 1
        prompted = model(image)[0]
        for layer in model.lora.values():
            nn.init.ones_(layer.up.weight)
        both = model(image)[0]
        with model.without_prompts():
            stock = model(image)[0]
    found = [before, prompted, both, stock]
    for i, one in enumerate(found):
        assert not any(torch.equal(one, other) for other in found[:i])


@pytest.mark.parametrize('conv', ['ConvWS', 'ConvAWS'])
def test_not_where_a_layer_standardises_its_weight(conv):
    """Its change would not be the product when merged."""
    with pytest.raises(UserError, match='has no linear layer or convolution'):
        ProTuneResNet.mmdet(
            depth=18,
            conv_cfg=dict(type=conv),
            methods=[lora(targets='layer1')])


def test_merged_into_a_host_that_makes_some_entries_itself():
    model = build_protune_backbone(
        'mmpretrain.SwinTransformerV2',
        arch=dict(
            embed_dims=24,
            depths=[1, 1, 1, 1],
            num_heads=[1, 2, 2, 4],
            extra_norm_every_n_blocks=0),
        img_size=64,
        window_size=2,
        pad_small_map=True,
        methods=[lora()])
    wake(model)
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        expected, = model.eval()(image)
        found, = model.merge()(image)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
