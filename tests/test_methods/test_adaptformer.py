import pytest
import torch
from torch import nn

from protune_mm.errors import UserError
from tests.test_methods.test_lora import vit


@torch.no_grad()
def test_beside_each_sublayer():
    model = vit(dict(type='AdaptFormer', width=5)).eval()
    for layer in model.adaptformers.values():
        nn.init.normal_(layer.up.weight)
    block, x = model.layers[0], torch.rand(1, 17, 32)

    def beside(h, kind):
        layer = model.adaptformers[f'layers_0_{kind}']
        return .1 * layer.up(layer.down(h).clamp(min=0))

    with model.without_prompts():
        h = x + block.attn(block.ln1(x)) + beside(block.ln1(x), 'attention')
        expected = h + block.ffn.layers(block.ln2(h)) + beside(
            block.ln2(h), 'ffn')
    torch.testing.assert_close(block(x), expected)


def test_as_in_the_paper():
    model = vit(dict(type='AdaptFormer', places='ffn', scale=.5))
    assert list(model.adaptformers) == ['layers_0_ffn', 'layers_1_ffn']
    assert model.adaptformers['layers_0_ffn'].scale == .5


def test_no_effect_ever_is_refused():
    with pytest.raises(UserError, match='scale=0 of AdaptFormer must be'):
        vit(dict(type='AdaptFormer', scale=0))
