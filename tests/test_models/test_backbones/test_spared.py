import copy

import pytest
import torch
from mmengine.registry import MODELS

from protune_mm.models import ProTuneSwin, ProTuneViT
from protune_mm.models.backbones.spared import spare_new_parts


def test_new_parts_stay_while_the_host_draws():
    model = ProTuneViT.mmseg(
        img_size=32, embed_dims=32, num_layers=2, num_heads=4)
    with torch.no_grad():
        for parameter in model.prompts.parameters():
            parameter.fill_(3)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    with spare_new_parts(model), torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(7)
    for name, value in model.named_parameters():
        if name.startswith('prompts.'):
            assert torch.equal(value, before[name])
        else:
            assert value.eq(7).all()


def test_what_a_checkpoint_fills_meanwhile_stays_filled():
    model = ProTuneViT.mmseg(
        img_size=32, embed_dims=32, num_layers=2, num_heads=4)
    state = {k: torch.ones_like(v) for k, v in model.state_dict().items()}
    with spare_new_parts(model):
        model.load_state_dict(state)
    assert all(p.eq(1).all() for p in model.prompts.parameters())


SWIN = dict(embed_dims=16, depths=(1, 1, 1, 1), num_heads=(1, 1, 1, 1))
VIT = dict(img_size=32, embed_dims=32, num_layers=4, num_heads=4)


@pytest.mark.parametrize('method', ['LoRA', 'AdaptFormer', 'Mona'])
@pytest.mark.parametrize('host', ['mmdet', 'mmseg'])
def test_methods_start_without_effect(host, method):
    """Swin without weights of its own draws every linear layer inside."""
    model = getattr(ProTuneSwin, host)(methods=[dict(type=method)], **SWIN)
    model.init_weights()
    model.eval()
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        outputs = model(images)
        with model.without_prompts():
            stock = model(images)
    assert all(map(torch.equal, outputs, stock))


def test_pyramids_of_any_host():
    model = MODELS.build(
        dict(
            type='ProTuneBackbone',
            backbone='mmseg.MixVisionTransformer',
            embed_dims=8,
            num_heads=[1, 1, 1, 1],
            num_layers=[1, 1, 1, 1],
            methods=[dict(type='LoRA', targets='all')]))
    model.init_weights()
    assert not any(value.any() for name, value in model.state_dict().items()
                   if name.startswith('lora.') and '.up.' in name)


@pytest.mark.parametrize('make', [
    lambda **more: ProTuneViT.mmseg(**VIT, **more),
    lambda **more: ProTuneSwin.mmseg(**SWIN, **more)
])
def test_weights_by_init_cfg_and_loaded_later_start_alike(make, tmp_path):
    """Blocks are fitted to the maps, and stay so."""
    stock = make(tuning='finetune').state_dict()
    for value in stock.values():
        if value.dtype is torch.float32:
            value.mul_(3)  # not of size 1
    path = str(tmp_path / 'stock.pth')
    torch.save(dict(state_dict=stock), path)
    first = make(init_cfg=dict(type='Pretrained', checkpoint=path))
    later = make()
    later.init_weights()
    later.load_state_dict(copy.deepcopy(stock), strict=False)
    first.init_weights()
    betas = [{
        name: value.item()
        for name, value in model.state_dict().items() if name.endswith('beta')
    } for model in (first, later)]
    assert betas[0] == betas[1] and set(betas[0].values()) != {1.}
