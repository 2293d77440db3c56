import pytest
import torch
from mmengine.registry import MODELS
from torch import nn

from protune_mm.errors import UserError
from protune_mm.models import build_protune_backbone
from tests.lean_case import wake
from tests.test_methods.test_lora import vit


@torch.no_grad()
def test_scales_and_shifts_what_layers_return():
    model = vit(dict(type='SSF')).eval()
    assert list(model.ssf)[:4] == [
        'patch_embed_projection', 'layers_0_ln1', 'layers_0_attn_qkv',
        'layers_0_attn_proj'
    ]
    layer = model.ssf['layers_0_attn_qkv']
    nn.init.uniform_(layer.scale)
    nn.init.uniform_(layer.shift)
    x, qkv = torch.rand(2, 5, 32), model.layers[0].attn.qkv
    with model.without_prompts():
        expected = qkv(x) * layer.scale + layer.shift
    torch.testing.assert_close(qkv(x), expected)


def test_not_what_trains_anyway():
    model = vit(dict(type='SSF'), trained_modules=['ln1'])
    assert 'ln1' not in model.ssf and 'layers_0_ln1' in model.ssf


@MODELS.register_module()
class BiasFreeNet(nn.Module):

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, bias=False)

    def forward(self, x):
        return self.conv(x)


def test_norms_that_also_activate_are_left_out():
    """timm's, whose shift would come before the activation when merged."""
    model = build_protune_backbone(
        'mmpretrain.TIMMBackbone',
        model_name='efficientnet_b0',
        features_only=True,
        methods=[dict(type='SSF')])
    assert not any('bn' in name for name in model.ssf)
    wake(model)
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        merged = model.merge()(image)[-1]
        expected = model.eval()(image)[-1]
    torch.testing.assert_close(
        merged, expected, rtol=1e-4, atol=1e-5 * float(expected.abs().max()))


def test_a_backbone_without_biases():
    with pytest.raises(UserError, match='SSF finds no layer with a bias'):
        build_protune_backbone(BiasFreeNet, methods=[dict(type='SSF')])
