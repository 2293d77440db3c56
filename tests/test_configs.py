"""Every config builds, and differs from the stock one in its backbone only."""
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import MODELS, DefaultScope

from protune_mm.tuning import parameter_rows

ROOT = Path(__file__).parent.parent
CONFIGS = sorted((ROOT / 'configs').rglob('*.py'))
LEAVES = [path for path in CONFIGS if '_base_' not in path.parts]
# The table's rows: a config, what trains of it in millions and in percent.
ROWS = {
    name: figures
    for name, *figures in re.findall(
        r'\((\w+)\.py\) \| ([\d.]+) M \| ([\d.]+) \|', (
            ROOT / 'configs/README.md').read_text())
}
# The configs of the hosts that the rows of the paper's Tables 6 and 7 are.
STOCK = dict(
    cascade_mask_rcnn='mmdet::cascade_rcnn/'
    'cascade-mask-rcnn_r50_fpn_1x_coco.py',
    htc='mmdet::htc/htc_r50_fpn_1x_coco.py',
    htc_without_semantic='mmdet::htc/htc-without-semantic_r50_fpn_1x_coco.py',
    fcn='mmseg::fcn/fcn_r50-d8_4xb4-80k_ade20k-512x512.py',
    upernet='mmseg::upernet/upernet_r50_4xb4-80k_ade20k-512x512.py')
# How names of configs spell methods inside the blocks.
METHODS = dict(
    LoRA='lora',
    Adapter='adapter',
    AdaptFormer='adaptformer',
    Mona='mona',
    ConvAdapter='conv_adapter',
    BitFit='bitfit',
    NormTuning='norm_tuning',
    SSF='ssf')
SWIN_UPERNET = ('mmseg::swin/swin-{}-patch4-window7-in1k-pre_upernet_8xb2-'
                '160k_ade20k-512x512.py')


def build(cfg):
    """Build a model, without values if its drop paths need none."""
    plain = (
        cfg.default_scope != 'mmpretrain'
        and 'ResNet' in cfg.model.backbone.type)
    with DefaultScope.overwrite_default_scope(cfg.default_scope), \
            torch.device('meta' if plain else 'cpu'):
        return MODELS.build(cfg.model)


def inherit(base):
    return Config.fromstring(f"_base_ = ['{base}']", '.py')


def leaves(*words, classifiers=False, demo=True):
    return pytest.mark.parametrize(
        'path', [
            path for path in LEAVES if all(f'_{w}_' in f'{path.stem}_'
                                           for w in words) and
            (classifiers or not path.stem.startswith('classifier_')) and (
                demo or path.parent.name != 'demo')
        ],
        ids=lambda path: path.stem)


@leaves(classifiers=True)
def test_config_builds(path):
    cfg = Config.fromfile(path)
    assert cfg.custom_imports.imports[0] == 'protune_mm'
    model = build(cfg)
    tuning = cfg.model.backbone.get('tuning')
    if hasattr(model.backbone, 'tuning'):  # not the one that pre-trains
        name = dict(head='head', finetune='finetune').get(tuning, 'protune')
        for method in cfg.model.backbone.get('methods', ()):
            name = METHODS[method.type]
        if 'tokens' in model.backbone.prompts:
            hooks = [hook.type for hook in cfg.get('custom_hooks', ())]
            name = 'spt' if 'SelfPromptInitHook' in hooks else 'vpt'
        if hasattr(model.backbone, 'lora'):
            name = 'lora'
        assert f'_{name}_' in path.stem
        assert bool(model.backbone.prompts) == (
            name in ('protune', 'vpt', 'spt'))
    if path.parent.name == 'configs':
        total = parameter_rows(model)[-1]
        assert ROWS[path.stem] == [
            f'{total.trained / 1e6:.1f}', f'{total.percent:.1f}'
        ]


@leaves('r50')
def test_a_leaf_changes_the_backbone_and_nothing_else(path):
    cfg = Config.fromfile(path)
    stock = inherit(STOCK[path.stem.split('_r50_')[0].rsplit('_', 1)[0]])
    backbone, reference = cfg.model.pop('backbone'), stock.model.pop(
        'backbone')
    assert backbone.pop('type') == f'ProTune{reference.pop("type")}'
    backbone.pop('tuning', None)
    # mmseg would copy `pretrained` onto the backbone.
    weights = stock.model.get('pretrained')
    if weights:
        assert cfg.model.pop('pretrained') is None
        assert backbone.pop('init_cfg').checkpoint == weights
        stock.model.pop('pretrained')
    assert backbone == reference
    cfg.pop('custom_imports')
    assert cfg.to_dict() == stock.to_dict()


@leaves('finetune', demo=False)
def test_fine_tuning_trains_what_the_stock_config_trains(path):
    cfg = Config.fromfile(path)
    stock = inherit(STOCK[path.stem.split('_finetune_')[0]])
    counts = [{
        name: parameter.numel()
        for name, parameter in build(c).named_parameters()
        if parameter.requires_grad
    } for c in (cfg, stock)]
    assert counts[0] == counts[1]


@leaves('lite0_trees')
def test_dense_recipes(path):
    """What is frozen trains by its own recipe; so does its twin."""
    tuning = path.stem.split('_')[1]
    cfg = Config.fromfile(path)
    wrapper = build_optim_wrapper(build(cfg), cfg.optim_wrapper)
    rates = {
        group['lr']
        for group in wrapper.param_groups
        for parameter in group['params'] if parameter.requires_grad
    }
    slow = cfg.optim_wrapper.optimizer.lr
    assert rates == ({slow} if tuning == 'finetune' else {slow, 4 * slow})


@leaves('swin_b_coco')
def test_swin_b_of_22k_trains_as_mmdets_own_swin(path):
    """Scales, crops and schedule of 36 epochs, not the weights of 1k."""
    if '_protune_' in path.stem:
        return
    cfg = Config.fromfile(path)
    stock = inherit('mmdet::swin/mask-rcnn_swin-t-p4-w7_fpn_ms-crop-3x_coco.'
                    'py')
    assert cfg.model.backbone.init_cfg.checkpoint.endswith('224_22k.pth')
    assert cfg.train_cfg.max_epochs == stock.train_cfg.max_epochs == 36
    assert cfg.param_scheduler[1].milestones == [27, 33]
    transforms, expected = (
        c.train_dataloader.dataset.pipeline for c in (cfg, stock))
    assert [x.type for x in transforms] == [x.type for x in expected]
    assert transforms[3].to_dict() == expected[3].to_dict()


@leaves('protune', 'swin')
def test_swin_leaves_are_made_of_stock_parts(path):
    """Widths fit the neck, weights are those of the size in the name."""
    cfg = Config.fromfile(path)
    size = dict(t='tiny', s='small', b='base')[path.stem.split('_')[-2]]
    backbone = cfg.model.backbone
    assert f'_{size}_patch4_window7_224' in backbone.init_cfg.checkpoint
    stock = inherit(SWIN_UPERNET.format(size)).model.backbone
    for key in ('embed_dims', 'depths', 'num_heads'):
        assert np.array_equal(backbone[key], stock[key])
    assert backbone.get('window_size', 7) == 7
    head = cfg.model.get('neck') or cfg.model.decode_head
    widths = [stock.embed_dims * 2**i for i in range(4)]
    assert head.in_channels in (widths, widths[-1])


def plain(path):
    """Find the end of the name of a config on a plain ViT."""
    return re.search('_(vit_[bl]|dinov2_b)_(coco|ade20k)$', path.stem)


@pytest.mark.parametrize(
    'path', filter(plain, LEAVES), ids=lambda path: path.stem)
def test_leaves_of_one_vit_differ_in_what_tunes_it(path):
    """Backbone, heads, data and recipe are those of Pro-tuning's."""
    tuning = path.stem.split(plain(path)[0])[0].split('_')[-1]
    other = path.with_name(path.name.replace(f'_{tuning}_', '_protune_'))
    cfg, reference = Config.fromfile(path), Config.fromfile(other)
    for one in (cfg, reference):
        one.pop('custom_hooks', None)
        one.optim_wrapper.paramwise_cfg.custom_keys.pop('prompts', None)
        one.optim_wrapper.paramwise_cfg.custom_keys.pop('lora', None)
        for name in ('type', 'methods', 'prompt_length'):
            one.model.backbone.pop(name, None)
    assert cfg.to_dict() == reference.to_dict()


@leaves('protune', 'vit')
def test_vit_leaves_are_made_of_stock_parts(path):
    cfg = Config.fromfile(path)
    if cfg.default_scope == 'mmdet':
        return
    base = dict(
        setr='mmseg::setr/setr_vit-l_pup_8xb2-160k_ade20k-512x512.py',
        upernet='mmseg::vit/vit_vit-b16_mln_upernet_8xb2-160k_ade20k-512x512.'
        'py')[path.stem.split('_')[0]]
    stock = inherit(base)
    backbone, reference = cfg.model.pop('backbone'), stock.model.pop(
        'backbone')
    weights = stock.model.pop('pretrained') or reference.init_cfg.checkpoint
    assert cfg.model.pop('pretrained') is None
    assert backbone.pop('init_cfg').checkpoint == weights
    reference.pop('init_cfg', None)
    assert backbone == dict(reference, type='ProTuneViT', patch_bias=True)
    assert cfg.model.to_dict() == stock.model.to_dict()


def test_dinov2_sees_whole_patches():
    """In training and of the images that are tested."""
    cfg = Config.fromfile(ROOT / 'configs/upernet_protune_dinov2_b_ade20k.py')
    side = cfg.model.backbone.patch_size
    pre = cfg.model.data_preprocessor
    crop = next(step.crop_size
                for step in cfg.train_dataloader.dataset.pipeline
                if step.type == 'RandomCrop')
    assert tuple(crop) == tuple(pre.size)
    assert crop[0] % side == crop[1] % side == 0
    assert pre.test_cfg.size_divisor == side
