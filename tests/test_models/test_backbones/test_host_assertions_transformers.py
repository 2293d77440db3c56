"""What the hosts' projects assert of their transformers holds for ours.

In our own words, of the unit tests that mmdet, mmseg and mmpretrain publish.
"""
import math

import pytest
import torch
from mmengine.runner import load_checkpoint, save_checkpoint
from torch import nn

from protune_mm.models import ProTuneSwin, ProTuneViT

DENSE = ('mmdet', 'mmseg')
SWIN = dict(embed_dims=24, depths=(1, 1, 1, 1), num_heads=(1, 2, 2, 4))
VIT = dict(embed_dims=32, num_layers=12, num_heads=2, feedforward_channels=64)


def shapes(model, *size):
    """Shapes of what it returns for one image, in training."""
    return [tuple(x.shape) for x in model.train()(torch.rand(1, 3, *size))]


# -- Swins --------------------------------------------------------------------


@pytest.mark.parametrize('host', DENSE)
@pytest.mark.parametrize('error, arguments', [
    (TypeError, dict(pretrained=123)),
    (AssertionError, dict(strides=(2, 2, 2, 2), patch_size=4)),
    (AssertionError, dict(pretrain_img_size=(224, 224, 224))),
])
def test_swin_refuses_what_the_host_refuses(host, error, arguments):
    with pytest.raises(error):
        getattr(ProTuneSwin, host)(**arguments)


@pytest.mark.parametrize('host', DENSE)
def test_swin_maps(host):
    kind = getattr(ProTuneSwin, host)
    model = kind(use_abs_pos_embed=True, pretrain_img_size=224, **SWIN)
    model.init_weights()
    assert shapes(model, 224, 224)[0] == (1, 24, 56, 56)
    model = kind(patch_norm=False, pretrain_img_size=(224, ), **SWIN)
    for size in ((256, 256), (255, 255), (112, 137)):
        assert shapes(model,
                      *size) == [(1, 24 * 2**i, *(math.ceil(x / 2**(2 + i))
                                                  for x in size))
                                 for i in range(4)]


@pytest.mark.parametrize('host', DENSE)
def test_all_of_a_swin_can_be_frozen(host):
    model = getattr(ProTuneSwin, host)(
        frozen_stages=4, tuning='head', trained_modules=(), **SWIN)
    model.train()
    assert not any(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize(
    'arch', ['unknown', dict(embed_dims=96, depths=[2, 2, 18, 2])])
def test_swin_of_mmpretrain_refuses(arch):
    with pytest.raises(AssertionError):
        ProTuneSwin.mmpretrain(arch=arch)


def test_swin_of_mmpretrain():
    model = ProTuneSwin.mmpretrain(arch=SWIN, drop_path_rate=0.2)
    model.init_weights()
    assert shapes(model, 224, 224) == [(1, 192, 7, 7)]
    drops = [b.attn.drop.drop_prob for s in model.stages for b in s.blocks]
    assert drops == pytest.approx([0, 0.2 / 3, 0.4 / 3, 0.2])
    model = ProTuneSwin.mmpretrain(
        arch=SWIN,
        img_size=384,
        stage_cfgs=dict(block_cfgs=dict(window_size=12)))
    assert shapes(model, 384, 384) == [(1, 192, 12, 12)]
    for positions in (True, False):
        model = ProTuneSwin.mmpretrain(
            arch=SWIN, use_abs_pos_embed=positions, out_indices=(0, 1, 2, 3))
        assert hasattr(model, 'absolute_pos_embed') == positions
        if positions:
            assert model.absolute_pos_embed.shape == (1, 3136, 24)
        assert [x[1:] for x in shapes(model, 224, 224)] == [(24, 56, 56),
                                                            (48, 28, 28),
                                                            (96, 14, 14),
                                                            (192, 7, 7)]
    model = ProTuneSwin.mmpretrain(
        arch=SWIN, out_after_downsample=True, out_indices=(0, 1, 2, 3))
    assert [x[1:] for x in shapes(model, 224, 224)] == [(48, 28, 28),
                                                        (96, 14, 14),
                                                        (192, 7, 7),
                                                        (192, 7, 7)]


def test_old_checkpoints_of_mmpretrains_swin(tmp_path):
    model = ProTuneSwin.mmpretrain(arch=SWIN)
    state = {
        name.replace('norm3.', 'norm.') if name.startswith('norm3.') else name:
        value
        for name, value in model.state_dict().items()
    }
    save_checkpoint(dict(state_dict=state), str(tmp_path / 'old.pth'))
    other = ProTuneSwin.mmpretrain(arch=SWIN)
    load_checkpoint(other, str(tmp_path / 'old.pth'), strict=True)


# -- ViT ----------------------------------------------------------------------


def vit(**arguments):
    return ProTuneViT.mmpretrain(**{
        'arch': VIT,
        'img_size': 64,
        'patch_size': 16,
        **arguments
    })


@pytest.mark.parametrize('error, message, arguments', [
    (AssertionError, 'not in default archs', dict(arch='unknown')),
    (AssertionError, 'Custom arch needs', dict(arch=dict(num_layers=24))),
    (AssertionError, "get <class 'dict'>", dict(out_indices={1: 1})),
    (AssertionError, 'Invalid out_indices 13', dict(out_indices=[0, 13])),
    (ValueError, 'Unsupported `out_type`', dict(out_type='unknown')),
    (ValueError, 'must be True', dict(with_cls_token=False)),
])
def test_vit_refuses_what_the_host_refuses(error, message, arguments):
    with pytest.raises(error, match=message):
        vit(**arguments)


def test_vit_structure():
    model = vit(drop_path_rate=0.1)
    assert model.embed_dims == 32 and len(model.layers) == 12
    for i, layer in enumerate(model.layers):
        assert layer.attn.num_heads == 2
        assert layer.ffn.feedforward_channels == 64
        assert layer.attn.out_drop.drop_prob == pytest.approx(0.1 * i / 11)
    assert not isinstance(vit(pre_norm=True).pre_norm, nn.Identity)


def test_vit_initialisation_and_loading(tmp_path):
    model = vit(init_cfg=[
        dict(
            type='Kaiming',
            layer='Conv2d',
            mode='fan_in',
            nonlinearity='linear')
    ])
    before = model.patch_embed.projection.weight.clone()
    assert model.pos_embed.eq(0).all()
    model.init_weights()
    assert not torch.equal(before, model.patch_embed.projection.weight)
    assert model.pos_embed.abs().sum() > 0
    path = str(tmp_path / 'vit.pth')
    save_checkpoint(model.state_dict(), path)
    same, larger = vit(), vit(img_size=96)
    load_checkpoint(same, path, strict=True)
    assert torch.equal(same.pos_embed, model.pos_embed)
    load_checkpoint(larger, path, strict=True)
    assert larger.pos_embed.shape[1] == 1 + 6 * 6


@pytest.mark.parametrize('arguments, shape', [
    (dict(out_type='raw'), (1, 17, 32)),
    (dict(out_type='featmap'), (1, 32, 4, 4)),
    (dict(out_type='featmap', with_cls_token=False), (1, 32, 4, 4)),
    (dict(out_type='avg_featmap'), (1, 32)),
    (dict(out_type='cls_token'), (1, 32)),
])
def test_vit_outputs(arguments, shape):
    assert shapes(vit(**arguments), 64, 64) == [shape]
    several = vit(out_indices=[-3, -2, -1], **arguments)
    assert shapes(several, 64, 64) == [shape] * 3


def test_vit_takes_images_of_any_size():
    model = vit(out_type='featmap')
    for height, width in ((64, 64), (80, 80), (80, 97)):
        expected = math.ceil(height / 16), math.ceil(width / 16)
        assert shapes(model, height, width) == [(1, 32, *expected)]
