"""Backbones are exported and traced as the stock ones are."""
import pytest
import torch
from mmengine.model.efficient_conv_bn_eval import (
    efficient_conv_bn_eval_control, turn_on_efficient_conv_bn_eval)
from torch import nn

from protune_mm.errors import UserError
from protune_mm.hosts.feature_layout import blend
from protune_mm.models import PromptedViT, ProTuneResNet, ProTuneViT

VIT = dict(
    img_size=32,
    patch_size=8,
    arch=dict(
        embed_dims=32, num_layers=3, num_heads=2, feedforward_channels=32))


@pytest.mark.parametrize('kind, arguments', [
    (ProTuneViT, dict(prompt_cfg=dict(zero_init=False))),
    (PromptedViT, dict()),
    (PromptedViT, dict(prompt_depth='shallow', prompt_projection=8)),
    (PromptedViT, dict(prompt_stages='layers.0', prompt_pool='img_pool')),
])
def test_exported_for_any_number_of_images(kind, arguments):
    model = kind.mmpretrain(**VIT, **arguments).eval()
    batch = torch.export.Dim('batch', min=2, max=64)
    with torch.no_grad():
        program = torch.export.export(
            model, (torch.rand(2, 3, 32, 32), ), dynamic_shapes=({
                0: batch
            }, ))
        images = torch.rand(5, 3, 32, 32)
        torch.testing.assert_close(program.module()(images), model(images))
        # As the older export to ONNX does.
        traced = torch.jit.trace(
            model, torch.rand(2, 3, 32, 32), check_trace=False)
        torch.testing.assert_close(traced(images), model(images))


def resnet(**arguments):
    model = ProTuneResNet.mmdet(depth=18, base_channels=8, **arguments)
    for module in model.prompts.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight)
            nn.init.uniform_(module.running_mean)
    return model


@pytest.mark.parametrize('training', [True, False])
@pytest.mark.parametrize('arguments', [
    dict(),
    dict(prompt_cfg=dict(learn_beta=False)),
    dict(prompt_stages=['maxpool', 'layer1.0']),
])
def test_symbolic_trace(training, arguments):
    model = resnet(**arguments).train(training)
    traced = torch.fx.symbolic_trace(model)
    images = torch.rand(2, 3, 64, 64)
    torch.testing.assert_close(traced(images), model(images))


def test_convolutions_join_norms_in_eval_mode():
    model = nn.ModuleDict(dict(backbone=resnet().eval()))
    images = torch.rand(2, 3, 64, 64)
    expected = model.backbone(images)
    turn_on_efficient_conv_bn_eval(model, 'backbone')
    graph = model.backbone.forward.__self__.graph
    joined = [n for n in graph.nodes if n.op == 'call_function']
    joined = [n for n in joined if n.target is efficient_conv_bn_eval_control]
    assert len(joined) == 20 + 3 * len(model.backbone.prompts)
    torch.testing.assert_close(
        model.backbone(images), expected, rtol=1e-3, atol=1e-4)


def test_a_traced_value_beside_a_size_is_no_map():
    """It would be tokens, of which a map cannot be made unseen."""

    class Tokens(nn.Module):

        def forward(self, x):
            return blend(nn.Identity(), ((4, 4), ), x)

    with pytest.raises(UserError, match='Proxy'):
        torch.fx.symbolic_trace(Tokens())
