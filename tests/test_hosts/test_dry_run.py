"""Images that a backbone takes are found by asking it first."""
import pytest
import torch
from torch import nn

from protune_mm.errors import UserError
from protune_mm.hosts.dry_run import IMAGE_SIZES, dry_run, image_sizes
from protune_mm.models import (ProTuneResNet, ProTuneSwin,
                               build_protune_backbone)

SWIN = dict(embed_dims=24, depths=(1, 1, 1, 1), num_heads=(1, 2, 2, 4))
VIT = dict(embed_dims=64, num_layers=2, num_heads=4, feedforward_channels=64)


@pytest.mark.parametrize('host', ['mmdet', 'mmseg'])
@pytest.mark.parametrize('size', [112, 320, 640, (112, 224)])
def test_swin_with_positions_of_its_pretraining(host, size):
    model = getattr(ProTuneSwin, host)(
        use_abs_pos_embed=True, pretrain_img_size=size, **SWIN)
    widths = [p[0].conv1.in_channels for p in model.prompts.values()]
    assert widths == [24, 24, 48, 96, 192]


@pytest.mark.parametrize('backbone, path, arguments', [
    ('mmpretrain.BEiTViT', 'patch_embed',
     dict(arch=VIT, img_size=640, out_type='featmap')),
    ('mmpretrain.TIMMBackbone', 'timm_model.patch_embed.proj',
     dict(model_name='vit_tiny_patch16_224', img_size=518, patch_size=14)),
])
def test_transformers_that_take_one_size(backbone, path, arguments):
    model = build_protune_backbone(backbone, prompt_stages=path, **arguments)
    assert len(model.prompts) == 1


def test_a_backbone_is_asked_first():
    holder = nn.Module()
    holder.img_size = (96, 64)
    holder.wrapped = nn.Module()
    holder.wrapped.patch_embed = nn.Module()
    holder.wrapped.patch_embed.img_size = 48
    holder.wrapped.default_cfg = dict(input_size=(3, 518, 518))
    usual = [(size, size) for size in IMAGE_SIZES]
    assert image_sizes(holder) == [(96, 64), (48, 48), (518, 518), *usual]
    assert image_sizes(nn.Identity()) == usual
    # What takes any size may say a large one.
    holder.wrapped.dynamic_img_size = True
    assert image_sizes(holder)[:len(usual)] == usual


def test_each_try_is_announced():
    begun = []
    model = ProTuneResNet.mmdet(depth=18, base_channels=8, tuning='head')
    dry_run(model, begun.append)
    assert begun == [(224, 224)]


def test_what_takes_no_image_says_what_was_tried():
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Linear(7, 1))
    with pytest.raises(
            UserError, match='no image of 3 channels and .* 512 x 512 px'):
        dry_run(model, torch.Size)
