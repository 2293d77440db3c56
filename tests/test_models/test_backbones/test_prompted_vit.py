"""Prompt tokens in a ViT, against a few lines of attention."""
import pytest
import torch
import torch.nn.functional as F
from mmpretrain.models.backbones import VisionTransformer
from mmpretrain.models.selfsup import MAEViT, MoCoV3ViT

from protune_mm.errors import UserError
from protune_mm.models import PromptedViT
from tests.plain_vit import (DIMS, HEADS, LAYERS, LENGTH, embed, layer, norm,
                             reference)

ARCH = dict(
    embed_dims=DIMS,
    num_layers=LAYERS,
    num_heads=HEADS,
    feedforward_channels=64)
MEAN = dict(out_type='avg_featmap', final_norm=False)
depths = pytest.mark.parametrize('prompt_depth', ['deep', 'shallow'])


def build(**arguments):
    model = PromptedViT.mmpretrain(
        arch=ARCH,
        img_size=32,
        patch_size=8,
        prompt_length=LENGTH,
        **arguments)
    for name, parameter in model.named_parameters():
        if not name.startswith('prompts.'):
            torch.nn.init.normal_(parameter, std=0.2)
    return model


def image(height=32, width=32):
    return torch.rand(2, 3, height, width, generator=torch.manual_seed(0))


@depths
@pytest.mark.parametrize('arguments, pool', [
    (dict(), lambda x, norm: norm('ln1')[:, 0]),
    (dict(prompt_pool='img_pool'), lambda x, norm: norm('ln1')[:, 4:].mean(1)),
    (dict(prompt_pool='prompt_pool'),
     lambda x, norm: norm('ln1')[:, 1:4].mean(1)),
    (dict(prompt_pool='imgprompt_pool'),
     lambda x, norm: norm('ln1')[:, 1:].mean(1)),
    (MEAN, lambda x, norm: norm('ln2', x[:, 1:].mean(1))),
    (dict(MEAN, prompt_pool='imgprompt_pool'),
     lambda x, norm: norm('ln2', x[:, 1:].mean(1))),
    (dict(MEAN, prompt_pool='img_pool'),
     lambda x, norm: norm('ln2', x[:, 4:].mean(1))),
    (dict(MEAN, prompt_pool='prompt_pool'),
     lambda x, norm: norm('ln2', x[:, 1:4].mean(1))),
    (dict(out_type='featmap'),
     lambda x, norm: norm('ln1')[:, 4:].mT.reshape(2, DIMS, 4, 4)),
    (dict(out_type='raw'), lambda x, norm: torch.cat(
        (norm('ln1')[:, :1], norm('ln1')[:, 4:]), 1)),
])
def test_insertion_replacement_and_pooling(prompt_depth, arguments, pool):
    model = build(prompt_depth=prompt_depth, **arguments).eval()
    weights = model.state_dict()
    x = reference(image(), weights, model.prompt_values())

    def normed(name, tokens=x):
        return norm(tokens, weights, name)

    with torch.no_grad():
        assert torch.allclose(model(image())[0], pool(x, normed), atol=1e-5)


def test_patch_tokens():
    """Before positions first, later without class token; no prompts."""
    model = build().train()
    weights = model.state_dict()
    patches, x = embed(image(), weights)
    expected = [patches]
    for i in range(LAYERS - 1):
        x = layer(x, weights, f'layers.{i}')
        expected.append(x[:, 1:])
    got = model.patch_tokens(image())
    assert model.prompts.training
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(got, expected))
    assert len(got) == LAYERS

    prompted = model.patch_tokens(image(), prompted=True)
    x = embed(image(), weights)[1]
    x = torch.cat(
        (x[:, :1], model.prompt_values()[0].expand(2, -1, -1), x[:, 1:]), 1)
    x = layer(x, weights, 'layers.0')
    assert torch.allclose(prompted[1], x[:, 4:], atol=1e-5)
    assert len(build(prompt_depth='shallow').patch_tokens(image())) == 1


def test_other_sizes_and_no_class_token():
    model = build(
        out_type='featmap',
        with_cls_token=False,
        final_norm=False,
        prompt_depth='shallow',
        out_indices=(-1, )).eval()
    weights = model.state_dict()
    x = F.conv2d(
        image(32, 64),
        weights['patch_embed.projection.weight'],
        weights['patch_embed.projection.bias'],
        stride=8).flatten(2).mT
    x = x + model.resize_pos_embed(
        weights['pos_embed'], (4, 4), (4, 8), num_extra_tokens=0)
    x = torch.cat((model.prompt_values()[0].expand(2, -1, -1), x), 1)
    for i in range(LAYERS):
        x = layer(x, weights, f'layers.{i}')
    expected = x[:, LENGTH:].mT.reshape(2, DIMS, 4, 8)
    with torch.no_grad():
        assert torch.allclose(model(image(32, 64))[0], expected, atol=1e-5)


# -- what trains, and what loads ---------------------------------------------


@pytest.mark.parametrize('arguments, names', [
    (dict(), {'prompts.tokens.values.0'}),
    (MEAN, {'prompts.tokens.values.0'}),
    (dict(tuning='head', **MEAN), set()),
])
def test_what_trains(arguments, names):
    model = build(**arguments)
    assert {n for n, p in model.named_parameters() if p.requires_grad} == names


@pytest.mark.parametrize('encoder_norm', [True, False])
def test_the_norm_of_the_mean_for_mae(encoder_norm):
    """SPT takes that of pre-training, VPT a new one; both stay frozen."""
    theirs = VisionTransformer(arch=ARCH, img_size=32, patch_size=8)
    torch.nn.init.normal_(theirs.ln1.weight)
    model = build(encoder_norm=encoder_norm, **MEAN)
    torch.nn.init.ones_(model.ln2.weight)
    result = model.load_state_dict(theirs.state_dict(), strict=False)
    expected = theirs.ln1.weight if encoder_norm else torch.ones(DIMS)
    assert torch.equal(model.ln2.weight, expected)
    assert not model.ln2.weight.requires_grad
    if encoder_norm:
        assert result.missing_keys == ['prompts.tokens.values.0']
        assert not result.unexpected_keys
    # That of a checkpoint with both stays.
    state = {**model.state_dict(), 'ln1.weight': torch.zeros(DIMS)}
    again = build(encoder_norm=encoder_norm, **MEAN)
    again.load_state_dict(state, strict=False)
    assert torch.equal(again.ln2.weight, model.ln2.weight)


@pytest.mark.parametrize('theirs, arguments', [
    (MAEViT, MEAN),
    (MoCoV3ViT, dict()),
])
def test_weights_of_self_supervised_pretraining(theirs, arguments, tmp_path):
    """As the zoo has them: the whole algorithm, of which one part is taken."""
    stock = theirs(arch=ARCH, img_size=32, patch_size=8)
    state = {f'backbone.{k}': v for k, v in stock.state_dict().items()}
    state['head.weight'] = torch.rand(1)
    torch.save(dict(state_dict=state), tmp_path / 'x.pth')
    model = build(
        init_cfg=dict(
            type='Pretrained',
            checkpoint=str(tmp_path / 'x.pth'),
            prefix='backbone.'),
        **arguments)
    model.init_weights()
    own = model.state_dict()
    for name, value in stock.state_dict().items():
        if arguments and name.startswith('ln1.'):
            name = name.replace('ln1', 'ln2')
        assert torch.equal(own[name], value), name


@depths
def test_tokens_and_blocks_on_one_vit(prompt_depth):
    """A block changes the patches; the prompts before them pass by."""
    model = build(
        prompt_depth=prompt_depth,
        prompt_stages=['layers.2'],
        prompt_cfg=dict(zero_init=False)).eval()
    names = {
        n.split('.')[0]
        for n, p in model.named_parameters() if p.requires_grad
    }
    assert names == {'prompts', 'ln1'}
    assert list(model.prompts) == ['layers_2', 'tokens']
    seen = {}
    block, = model.prompts.layers_2
    block.register_forward_hook(
        lambda m, inputs, output: seen.update(x=inputs[0], y=output))
    model.layers[2].register_forward_hook(
        lambda m, inputs, output: seen.update(after=output))
    with torch.no_grad():
        model(image())
    weights, prompts = model.state_dict(), model.prompt_values()
    x = embed(image(), weights)[1]
    for i in range(3):
        if i < len(prompts):
            x = torch.cat((x[:, :1], prompts[i].expand(
                2, -1, -1), x[:, 1 + (LENGTH if i else 0):]), 1)
        x = layer(x, weights, f'layers.{i}')
    expected = x[:, 4:].mT.reshape(2, DIMS, 4, 4)
    assert torch.allclose(seen['x'], expected, atol=1e-5)
    assert torch.allclose(seen['after'][:, :4], x[:, :4], atol=1e-5)
    assert torch.equal(seen['after'][:, 4:], seen['y'].flatten(2).mT)


@pytest.mark.parametrize('arguments, message', [
    (dict(prompt_pool='mean'), "prompt_pool='mean' is not known"),
    (dict(prompt_pool='img_pool', out_type='raw'), "out_type='cls_token' or"),
    (dict(prompt_depth='all'), "prompt_depth='all' is not known"),
])
def test_bad_values_are_named(arguments, message):
    with pytest.raises(UserError, match=message):
        build(**arguments)
