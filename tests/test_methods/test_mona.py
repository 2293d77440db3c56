import pytest
import torch
from torch import nn

from protune_mm.errors import UserError
from protune_mm.models import ProTuneSwin, build_protune_backbone
from tests.test_methods.test_lora import vit


def wake(model):
    for layer in model.monas.values():
        nn.init.normal_(layer.up.weight)
    return model.eval()


@torch.no_grad()
def test_behind_each_sublayer_in_the_residual_stream():
    model = wake(
        ProTuneSwin.mmdet(
            embed_dims=12,
            depths=(2, ),
            num_heads=(2, ),
            strides=(4, ),
            out_indices=(0, ),
            methods=[dict(type='Mona', width=4)]))
    block, x, size = model.stages[0].blocks[1], torch.rand(1, 63, 12), (7, 9)

    def behind(h, kind):
        return h + model.monas[f'stages_0_blocks_1_{kind}'](h, size)

    with model.without_prompts():
        h = behind(x + block.attn(block.norm1(x), size), 'attention')
        expected = behind(h + block.ffn.layers(block.norm2(h)), 'ffn')
    torch.testing.assert_close(block(x, size), expected)


@torch.no_grad()
def test_other_tokens_pass_by():
    """The class token, and prompt tokens before the patches."""
    model = wake(
        vit(
            dict(type='PromptTokens', prompt_length=3),
            dict(type='Mona', places='ffn')))
    # Patches reach the class token through the layer behind.
    assert list(model.monas) == ['layers_0_ffn']
    token, = model(torch.rand(1, 3, 32, 32))
    assert token.shape == (1, 32)


def test_only_patches_change():
    torch.manual_seed(0)
    model = vit(dict(type='Mona', places='ffn')).eval()
    image, seen = torch.rand(1, 3, 32, 32), []
    model.layers[0].register_forward_hook(
        lambda module, inputs, output: seen.append(output))
    model(image)
    model(wake(model) and image)
    assert torch.equal(seen[0][:, :1], seen[1][:, :1])
    assert not torch.equal(seen[0][:, 1:], seen[1][:, 1:])


def test_not_where_patches_reach_no_output():
    """Behind the last layer before a class token, here of a BEiT."""
    model = build_protune_backbone(
        'mmpretrain.BEiTViT',
        arch=dict(
            embed_dims=32, num_layers=3, num_heads=4, feedforward_channels=48),
        img_size=32,
        patch_size=8,
        out_type='cls_token',
        methods=[dict(type='Mona', places='ffn')])
    assert list(model.monas) == ['layers_0_ffn', 'layers_1_ffn']


@pytest.mark.parametrize('arguments, message', [
    (dict(width=2.5), 'width=2.5 of Mona must be a whole number'),
    (dict(width=0), 'width=0 of Mona must be a whole number'),
    (dict(dropout=2), 'dropout=2 of Mona must be'),
    (dict(places=None), 'places=None of Mona must be attention or ffn'),
])
def test_bad_arguments(arguments, message):
    with pytest.raises(UserError, match=message):
        vit(dict(type='Mona', **arguments))
