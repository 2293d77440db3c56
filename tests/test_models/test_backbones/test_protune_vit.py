"""Pro-tuned Vision Transformers: where prompts go, and what trains."""
import pytest
import torch
from mmpretrain.models.backbones import (DistilledVisionTransformer,
                                         VisionTransformer)

from protune_mm.errors import UserError
from protune_mm.models import ProTuneViT


def arch(layers=12):
    return dict(
        embed_dims=32, num_layers=layers, num_heads=2, feedforward_channels=64)


def build(layers=12, **arguments):
    return ProTuneViT.mmpretrain(
        arch=arch(layers), img_size=32, patch_size=8, **arguments)


def image(height=32, width=32):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(2, 3, height, width, generator=generator)


def trained(model):
    return {n for n, p in model.named_parameters() if p.requires_grad}


@pytest.mark.parametrize('arguments, layers', [
    (dict(), [1, 4, 7, 10]),
    (dict(layers=24), [4, 10, 16, 22]),
    (dict(layers=5), [0, 1, 2, 3]),
    (dict(layers=4), [0, 1, 2]),
    (dict(layers=2), [0]),
    (dict(layers=1), []),
    (dict(out_type='featmap'), [2, 5, 8, 11]),
    (dict(out_type='featmap', out_indices=[3, 7]), [1, 3, 5, 7]),
])
def test_layers_are_spread_evenly(arguments, layers):
    names = ['patch_embed', *(f'layers_{i}' for i in layers)]
    assert list(build(**arguments).prompts) == names


@pytest.mark.parametrize('out_type', ['cls_token', 'featmap', 'avg_featmap'])
def test_every_prompt_has_a_gradient(out_type):
    """Otherwise DDP refuses to train."""
    model = build(out_type=out_type).train()
    model(image())[0].square().sum().backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is not None) == parameter.requires_grad, name


def test_a_prompt_sees_the_map_of_the_patches():
    """Of an image that is no square, and the class token passes by."""
    model = build(
        prompt_stages=['layers.3'], prompt_cfg=dict(zero_init=False)).eval()
    block, = model.prompts.layers_3
    seen = []
    block.register_forward_pre_hook(lambda m, inputs: seen.append(inputs[0]))
    tokens = []
    model.layers[3].register_forward_hook(
        lambda m, inputs, output: tokens.append(output))
    model.layers[4].register_forward_pre_hook(
        lambda m, inputs: tokens.append(inputs[0]))
    with torch.no_grad(), model.without_prompts():
        model(image(32, 64))
        plain = tokens[0]
        expected = plain[:, 1:].transpose(1, 2).reshape(2, 32, 4, 8)
    tokens.clear()
    with torch.no_grad():
        model(image(32, 64))
        assert torch.equal(seen[0], expected)
        blended = block(expected).flatten(2).transpose(1, 2)
    assert torch.equal(tokens[-1][:, :1], plain[:, :1])
    assert torch.equal(tokens[-1][:, 1:], blended)


@pytest.mark.parametrize('tuning, parts', [
    ('head', ()),
    ('partial-1', ('layers.11.ln2.', 'layers.11.ffn.')),
    ('partial-2', ('layers.11.', )),
    ('protune', ('prompts.', 'ln1.')),
])
def test_what_trains(tuning, parts):
    model = build(tuning=tuning)
    assert trained(model) == {
        n
        for n, _ in model.named_parameters() if n.startswith(parts)
    }


def test_a_norm_that_is_new_trains_with_the_head():
    model = build(tuning='head', out_type='avg_featmap', final_norm=False)
    assert trained(model) == {'ln2.weight', 'ln2.bias'}


def test_after_the_last_layer_a_prompt_has_no_effect():
    """The paper's "L1" does no better than head retraining."""
    model = build(
        prompt_stages=['layers.11'], prompt_cfg=dict(zero_init=False))
    model.eval()
    with torch.no_grad(), model.without_prompts():
        plain, = model(image())
    with torch.no_grad():
        assert torch.equal(model(image())[0], plain)


def test_a_layer_that_is_not_there_is_named():
    with pytest.raises(UserError, match='layers.12, which'):
        build(prompt_stages=['layers.12'])


@pytest.mark.parametrize('out_indices, error, message', [
    ({
        1: 1
    }, AssertionError, "must by a sequence or int, get <class 'dict'>"),
    (13, AssertionError, 'Invalid out_indices 13'),
    (12, UserError, r'out_indices=\[12\] must be .* ProTuneViT, 0 to 11'),
])
def test_outputs_that_are_not_there(out_indices, error, message):
    for tuning in ('protune', 'head'):
        with pytest.raises(error, match=message):
            build(out_indices=out_indices, tuning=tuning)


def test_indices_of_the_caller_stay():
    for indices in ([-1], (-1, )):
        assert build(out_indices=indices).out_indices == [11]
        assert list(indices) == [-1]


def test_weights_of_a_distilled_deit_are_refused():
    theirs = DistilledVisionTransformer(
        arch=arch(), img_size=32, patch_size=8).state_dict()
    with pytest.raises(UserError, match='distillation token'):
        build().load_state_dict(theirs, strict=False)


def test_position_embeddings_are_resized():
    theirs = VisionTransformer(arch=arch(), img_size=64, patch_size=8)
    torch.nn.init.normal_(theirs.pos_embed)
    model = build()
    result = model.load_state_dict(theirs.state_dict(), strict=False)
    assert not result.unexpected_keys
    assert torch.equal(model.pos_embed[:, 0], theirs.pos_embed[:, 0])
    assert model.pos_embed[:, 1:].std() > 0
