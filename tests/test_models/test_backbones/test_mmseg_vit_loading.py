"""ViT, BEiT and MAE of mmseg: which checkpoints load, and how."""
import runpy
from pathlib import Path

import mmseg
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
from mmengine.runner import load_checkpoint
from torch import nn

from protune_mm.errors import UserError
from protune_mm.tuning.delta import delta_of
from tests.small_maps import PROMPTED, TWINS, stock, twin

# As other files name what mmseg names otherwise.
NAMES = {
    'patch_embed.projection.': 'patch_embed.proj.',
    'layers.': 'blocks.',
    'attn.attn.in_proj_': 'attn.qkv.',
    'attn.attn.out_proj.': 'attn.proj.',
    'ffn.layers.0.0.': 'mlp.fc1.',
    'ffn.layers.1.': 'mlp.fc2.',
    '.ln1.': '.norm1.',
    '.ln2.': '.norm2.',
}
CONVERTERS = Path(mmseg.__file__).parent / '.mim/tools/model_converters'


def random(model):
    """Give each entry values of its own."""
    generator = torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.rand(parameter.shape, generator=generator))
    return model


def jx_vit(**arguments):
    """A ViT of timm's: its names, a final norm and a classifier."""
    state = {}
    model = random(stock('ViT', patch_bias=True, final_norm=True, **arguments))
    for name, value in model.state_dict().items():
        name = name.replace('ln1.',
                            'norm.') if name.startswith('ln1') else name
        for ours, theirs in NAMES.items():
            name = name.replace(ours, theirs)
        state[name] = value
    return {**state, 'head.weight': torch.rand(5, 32)}


def converted(state):
    """Rename by the script that mmseg ships."""
    script = runpy.run_path(str(CONVERTERS / 'vit2mmseg.py'))
    return dict(script['convert_vit'](state))


def save(state, folder):
    path = folder / 'base.pth'
    torch.save(state, path)
    return dict(type='Pretrained', checkpoint=str(path))


def assert_same(model, reference):
    state = model.state_dict()
    for name, value in reference.state_dict().items():
        assert torch.equal(state[name], value), name


def loaded(name, cfg, family=TWINS, **arguments):
    """A stock backbone and its twin, which have loaded the same."""
    models = (stock(name, init_cfg=dict(cfg), **arguments),
              twin(name, family, init_cfg=dict(cfg), **arguments))
    for model in models:
        model.init_weights()
    return models


@pytest.mark.parametrize('family', [TWINS, PROMPTED], ids=('blocks', 'tokens'))
@pytest.mark.parametrize('size', [32, 48])
def test_timms_vit_as_mmseg_converts_it(family, size, tmp_path):
    """Its positions are brought to the size of the images."""
    cfg = save(converted(jx_vit()), tmp_path)
    reference, model = loaded(
        'ViT', cfg, family, patch_bias=True, img_size=size)
    assert_same(model, reference)
    assert model.pos_embed.shape == (1, 1 + (size // 8)**2, 32)
    assert model.random_entries() == []
    assert model.base.source == cfg


@pytest.mark.parametrize('name', ['BEiT', 'MAE'])
def test_beit_and_mae(name, tmp_path):
    state = random(stock(name)).state_dict()
    cfg = save(dict(state_dict=state), tmp_path)
    reference, model = loaded(name, cfg)
    assert_same(model, reference)
    assert model.random_entries() == []
    assert model.base.source == cfg


def test_mae_of_pre_training_has_no_relative_positions(tmp_path):
    """They start at zero, as the gates of the layers at one value."""
    state = random(stock('MAE')).state_dict()
    state = {
        name: value
        for name, value in state.items()
        if 'relative_position' not in name and 'gamma' not in name
    }
    _, model = loaded('MAE', save(state, tmp_path), init_values=1.0)
    assert model.random_entries() == []
    assert model.layers[0].attn.relative_position_bias_table.eq(0).all()


@pytest.mark.parametrize('name', TWINS)
@pytest.mark.parametrize('family', [TWINS, PROMPTED], ids=('blocks', 'tokens'))
def test_a_delta_finds_its_base(name, family, tmp_path):
    """By init_cfg, of whose host's loading it knows nothing."""
    size = 48 if name == 'ViT' else 32  # other positions than the file's
    cfg = save(random(stock(name)).state_dict(), tmp_path)
    model = loaded(name, cfg, family, img_size=size)[1]
    with torch.no_grad():
        for parameter in model.prompts.parameters():
            parameter.add_(1)
    delta, whole = delta_of(model, model.state_dict())
    assert not whole
    fresh = twin(name, family, init_cfg=dict(cfg), img_size=size)
    fresh.load_state_dict(delta)
    assert_same(fresh, model)
    other = twin(name, family, img_size=size)
    other.load_state_dict(delta)
    assert_same(other, model)


@pytest.mark.parametrize('name', TWINS)
def test_a_trained_file_as_init_cfg(name, tmp_path):
    """Its prompts are not those of the host's own rules."""
    trained = random(twin(name))
    cfg = save(trained.state_dict(), tmp_path)
    model = twin(name, init_cfg=cfg)
    model.init_weights()
    assert_same(model, trained)


@pytest.mark.parametrize('name', TWINS)
def test_names_of_others_are_refused(name, tmp_path):
    script = 'vit2mmseg.py' if name == 'ViT' else 'beit2mmseg.py'
    files = [jx_vit(), dict(model=jx_vit())]
    if name != 'ViT':
        table = 'blocks.0.attn.relative_position_bias_table'
        files.append({table: torch.zeros(52, 4), **jx_vit()})
    for state in files:
        model = twin(name, init_cfg=save(state, tmp_path))
        with pytest.raises(UserError, match=f'model_converters/{script}'):
            model.init_weights()


def test_a_vit_of_mmpretrain_is_refused(tmp_path):
    from protune_mm.models import ProTuneViT
    arch = dict(
        embed_dims=32, num_layers=4, num_heads=4, feedforward_channels=64)
    state = ProTuneViT.mmpretrain(
        arch=arch, img_size=32, patch_size=8).state_dict()
    model = twin('ViT', init_cfg=save(state, tmp_path))
    with pytest.raises(UserError, match="take type='mmpretrain.ProTuneViT'"):
        model.init_weights()


def test_a_bias_is_not_left_out(tmp_path):
    """mmseg says in a warning that it leaves it out."""
    cfg = save(converted(jx_vit()), tmp_path)
    with pytest.raises(UserError, match='set patch_bias=True'):
        twin('ViT', init_cfg=cfg).init_weights()


@pytest.mark.parametrize('name', TWINS)
def test_whole_segmentors_give_their_backbone(name, tmp_path):
    path = tmp_path / 'segmentor.pth'
    reference = random(stock(name))
    whole = nn.ModuleDict(
        dict(backbone=reference, decode_head=nn.Linear(2, 2)))
    torch.save(dict(state_dict=whole.state_dict()), path)
    model = nn.ModuleDict(
        dict(backbone=twin(name), decode_head=nn.Linear(2, 2)))
    load_checkpoint(model, str(path))
    assert_same(model.backbone, reference)
    assert model.backbone.random_entries() == []
    assert model.backbone.base.source == dict(
        checkpoint=str(path), prefix='backbone')


def narrow(value):
    """Make widths small wherever they are in a config."""
    if isinstance(value, dict):
        return {k: narrow(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(narrow(v) for v in value)
    return 32 if value in (256, 512, 768, 1024) else value


@pytest.mark.parametrize('patch_bias', [True, False])
@pytest.mark.parametrize('kind', ['ProTuneViT', 'PromptedViT'])
@pytest.mark.parametrize('base', [
    'setr/setr_vit-l_pup_8xb2-160k_ade20k-512x512.py',
    'vit/vit_vit-b16_mln_upernet_8xb2-160k_ade20k-512x512.py'
])
def test_stock_segmentors(base, kind, patch_bias, tmp_path):
    """Those of today's mmseg, and older ones, which have one entry more."""
    cfg = Config.fromstring(f"_base_ = ['mmseg::{base}']", '.py')
    cfg = narrow(dict(cfg.model.to_dict(), pretrained=None))
    cfg['backbone'].update(
        num_layers=4,
        num_heads=4,
        out_indices=(0, 1, 2, 3),
        img_size=64,
        patch_bias=patch_bias,
        init_cfg=None)
    with DefaultScope.overwrite_default_scope('mmseg'):
        reference = MODELS.build(cfg)
        cfg['backbone'].update(type=kind)
        model = MODELS.build(cfg)
    path = tmp_path / 'segmentor.pth'
    torch.save(dict(state_dict=reference.state_dict()), path)
    keys = model.load_state_dict(torch.load(path)['state_dict'], strict=False)
    assert not keys.unexpected_keys and keys.missing_keys
    assert all(k.startswith('backbone.prompts.') for k in keys.missing_keys)
    assert_same(model, reference)
    assert model.backbone.random_entries() == []


def test_a_delta_of_beit_as_init_cfg(tmp_path):
    """mmseg takes the places of relative positions out of every file."""
    base = tmp_path / 'base.pth'
    torch.save(random(stock('BEiT')).state_dict(), base)
    init_cfg = dict(type='Pretrained', checkpoint=str(base))
    model = twin('BEiT', init_cfg=init_cfg)
    model.init_weights()
    with torch.no_grad():
        for parameter in model.prompts.parameters():
            parameter += 1
    delta, whole = delta_of(model, model.state_dict())
    assert not whole
    torch.save(delta, tmp_path / 'delta.pth')
    init_cfg['checkpoint'] = str(tmp_path / 'delta.pth')
    other = twin('BEiT', init_cfg=init_cfg)
    other.init_weights()
    for name, value in model.state_dict().items():
        assert torch.equal(other.state_dict()[name], value), name
