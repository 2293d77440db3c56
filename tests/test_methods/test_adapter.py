import pytest
import torch
from torch import nn

from protune_mm.errors import UserError
from protune_mm.models import ProTuneResNet
from tests.test_methods.test_lora import vit


@torch.no_grad()
def test_behind_each_sublayer_before_the_residual():
    model = vit(dict(type='Adapter', width=5)).eval()
    for layer in model.adapters.values():
        nn.init.normal_(layer.up.weight)
    block, x = model.layers[0], torch.rand(1, 17, 32)

    def adapted(h, kind):
        layer = model.adapters[f'layers_0_{kind}']
        return h + layer.up(nn.functional.gelu(layer.down(h)))

    with model.without_prompts():
        h = x + adapted(block.attn(block.ln1(x)), 'attention')
        expected = h + adapted(block.ffn.layers(block.ln2(h)), 'ffn')
    torch.testing.assert_close(block(x), expected)


def test_at_one_place():
    model = vit(dict(type='Adapter', places='ffn'))
    assert list(model.adapters) == ['layers_0_ffn', 'layers_1_ffn']


@pytest.mark.parametrize('places', ['norm', [], ['ffn', 'block']])
def test_unknown_places(places):
    with pytest.raises(UserError, match='must be attention or ffn, or both'):
        vit(dict(type='Adapter', places=places))


def test_not_in_a_cnn():
    with pytest.raises(UserError, match='it is for transformers.*ViT.*Swin'):
        ProTuneResNet.mmdet(depth=18, methods=[dict(type='Adapter')])
