import pytest
import torch
from torch import nn

from protune_mm.errors import UserError
from protune_mm.hosts import RESNET, UNKNOWN, Sites
from protune_mm.models import ProTuneResNet, build_protune_backbone


def sites_of(stock, **arguments):
    model = build_protune_backbone(
        f'mmpretrain.{stock}', methods=(), **arguments)
    return Sites(model, UNKNOWN)


def test_blocks_and_weights_before_the_last_output():
    model = ProTuneResNet.mmdet(
        depth=18,
        out_indices=(0, 1),
        methods=[dict(type='PromptBlocks', prompt_stages=0)])
    sites = Sites(model, RESNET)
    assert sites.blocks() == ['layer1.0', 'layer1.1', 'layer2.0', 'layer2.1']
    paths = [w.path for w in sites.weights()]
    assert paths[:2] == ['conv1', 'bn1'] and 'layer2.1.bn2' in paths
    assert not any(p.startswith(('prompts', 'layer3')) for p in paths)
    inside = sites.weights(['layer1.0'])
    assert [w.path for w in inside] == [
        f'layer1.0.{name}' for name in ('conv1', 'bn1', 'conv2', 'bn2')
    ]


@pytest.mark.parametrize('stock, arguments, blocks', [
    ('TIMMBackbone', dict(model_name='vit_tiny_patch16_224', depth=2), 2),
    ('BEiTViT', dict(arch='deit-tiny', img_size=32, out_type='featmap'), 12),
])
def test_unknown_transformers(stock, arguments, blocks):
    found = sites_of(stock, **arguments).sublayers()
    assert len(found) == 2 * blocks and all(s.branch for s in found)


def test_norms_behind_are_no_norms_before():
    sites = sites_of('SwinTransformerV2', arch='tiny')
    assert sites.sublayers() == []
    assert len(sites.sublayers(added=False)) == 2 * 12


def test_an_attention_that_adds_by_itself():
    methods = [dict(type='Adapter')]
    arguments = dict(
        backbone='mmseg.MixVisionTransformer',
        embed_dims=8,
        num_layers=[1, 1, 1, 1])
    with pytest.raises(UserError, match='attn adds to the residual stream'):
        build_protune_backbone(methods=methods, **arguments)
    methods = [dict(type='AdaptFormer')]
    model = build_protune_backbone(methods=methods, **arguments)
    assert len(model.adaptformers) == 8


def test_the_host_checkpoint_does_not_cut_what_is_added():
    """mmengine's with_cp would run a block without gradients first."""
    from protune_mm.models import ProTuneSwin
    models = [
        ProTuneSwin.mmseg(
            embed_dims=12,
            depths=(1, 1),
            num_heads=(1, 1),
            strides=(4, 2),
            out_indices=(0, 1),
            with_cp=with_cp,
            methods=[dict(type='AdaptFormer')]) for with_cp in (False, True)
    ]
    for layer in models[0].adaptformers.values():
        nn.init.normal_(layer.up.weight)
    models[1].load_state_dict(models[0].state_dict())
    image = torch.rand(1, 3, 64, 64)
    for model in models:
        sum(x.sum() for x in model.train()(image)).backward()
    one, other = (m.adaptformers.parameters() for m in models)
    assert all(torch.equal(a.grad, b.grad) for a, b in zip(one, other))
