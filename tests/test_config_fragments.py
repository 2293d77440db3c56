"""Fragments fit together: every model with every data set and recipe."""
from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DATASETS, DefaultScope, init_default_scope
from mmpretrain.datasets import CIFAR10
from mmpretrain.registry import MODELS
from PIL import Image

from protune_mm.datasets import DigitCrops
from protune_mm.datasets.embedded import photographs
from protune_mm.errors import UserError
from protune_mm.reproduction.cells import Cell
from protune_mm.reproduction.compose import compose
from tests.fake_cifar import write_cifar

BASE = Path(__file__).parent.parent / 'configs/_base_'
NAMES = {
    kind: sorted(path.stem for path in (BASE / kind).glob('*.py'))
    for kind in ('models', 'datasets', 'schedules', 'methods')
}
DATA = [name for name in NAMES['datasets'] if name != 'images_224']
CLASSES = dict(
    caltech101=102,
    clothing1m=14,
    cub=200,
    flowers102=102,
    flowers102_fgvc=102,
    imagenet_a=200,
    imagenet_r=200,
    nabirds=555,
    pets=37,
    stanford_cars=196,
    stanford_dogs=120,
    vtab1k=100)
IMAGENET = dict(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
# What weights were trained with, if not with ImageNet's figures.
HALF = dict(mean=(127.5, 127.5, 127.5), std=(127.5, 127.5, 127.5))
NORMALIZATION = dict(vit_base_in21k=HALF, efficientnet_lite0=HALF)


def compose_cell(backbone, dataset, method='protune'):
    dataset += '100' * dataset.endswith('_lt')
    return compose(
        Cell('2', 'classifier', backbone, method, '', dataset), BASE.parent)


@lru_cache(maxsize=None)
def load(kind, name):
    return Config.fromfile(BASE / kind / f'{name}.py')


def test_all_recipes_are_used():
    """By a model with what its family learns, or alone, and a method."""
    wanted = {load('methods', name).recipe for name in NAMES['methods']}
    whose = set(NAMES['models']).union(*(load('models', name).families
                                         for name in NAMES['models']))
    for name in NAMES['schedules']:
        model, _, recipe = name.rpartition('_')
        assert model == 'transfer' or model in whose and recipe in wanted


def test_presets_are_registered():
    """Blocks and tokens have backbones of their own."""
    for name in NAMES['models']:
        for preset in load('models', name).get('presets', {}).values():
            with MODELS.switch_scope_and_registry('mmpretrain') as registry:
                assert registry.get(preset)


def test_fragments_have_no_key_in_common():
    """Otherwise they could not be bases of one config."""
    keys = {
        kind: set().union(*(load(kind, name) for name in names))
        for kind, names in NAMES.items()
    }
    runtime = set(Config.fromfile(BASE / 'classification.py').to_dict())
    assert not keys['models'] & keys['datasets']
    assert not keys['models'] & keys['schedules']
    assert not keys['datasets'] & keys['schedules']
    assert not keys['methods'] & set().union(*(keys[kind] for kind in keys
                                               if kind != 'methods'))
    assert not runtime & set().union(*keys.values())


def test_schedules_warm_up_and_end_at_zero():
    for name in NAMES['schedules']:
        cfg = load('schedules', name)
        warm_up, cosine = cfg.param_scheduler
        assert warm_up.end == cosine.begin == cosine.end - cosine.T_max
        assert cosine.end == cfg.train_cfg.max_epochs
        assert cosine.end == cfg.train_cfg.val_interval


@pytest.mark.parametrize('dataset', DATA)
def test_heads_have_an_output_a_class(dataset):
    cfg = compose_cell('resnet50', dataset)
    classes = CLASSES.get(dataset, 100 if 'cifar100' in dataset else 10)
    assert cfg.model.head.num_classes == classes
    assert cfg.data_preprocessor.num_classes == classes


def red_image(cfg, tmp_path):
    """A red image as the data set hands it to its pipeline."""
    pipeline = cfg.train_dataloader.dataset.pipeline
    if pipeline[0].type == 'LoadImageFromFile':
        path = tmp_path / 'red.png'
        Image.new('RGB', (300, 280), (255, 0, 0)).save(path)
        return dict(img_path=str(path), gt_label=0)
    digits = 'Digit' in cfg.train_dataloader.dataset.type
    image = np.zeros((64, 64, 3) if digits else (32, 32, 3), np.uint8)
    image[..., 2 if digits else 0] = 255  # digits are BGR, CIFAR is RGB
    return dict(img=image, gt_label=0, corruption='fog', severity=1)


@pytest.mark.parametrize('backbone, dataset', product(NAMES['models'], DATA))
def test_every_backbone_sees_red_as_it_was_trained(backbone, dataset,
                                                   tmp_path):
    """All weights are for RGB images."""
    cfg = compose_cell(backbone, dataset)
    init_default_scope('mmpretrain')
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        preprocessor = MODELS.build(
            dict(type='ClsDataPreprocessor', **cfg.data_preprocessor))
        for loader in (cfg.train_dataloader, cfg.val_dataloader):
            pipeline = Compose(loader.dataset.pipeline)
            packed = pipeline(red_image(cfg, tmp_path))
            inputs = preprocessor(
                dict(
                    inputs=packed['inputs'][None],
                    data_samples=[packed['data_samples']]))['inputs'][0]
            figures = NORMALIZATION.get(backbone, IMAGENET)
            expected = (torch.tensor([255., 0., 0.]) - torch.tensor(
                figures['mean'])) / torch.tensor(figures['std'])
            # The middle: a crop of a small image may have black margins.
            middle = inputs[:, inputs.shape[1] // 2, inputs.shape[2] // 2]
            assert torch.allclose(middle, expected, atol=1e-4)
            size = 64 if dataset.startswith('digits') else 224
            size = dict(digits_96=96).get(dataset, size)
            assert inputs.shape[1:] == (size, size)


def test_cifar_is_rgb(tmp_path, monkeypatch):
    """Its files hold the red plane first."""
    sizes = {f'data_batch_{i}': 2 for i in range(1, 6)}
    data, _ = write_cifar(tmp_path / 'cifar-10-batches-py', sizes, 'labels',
                          10)
    monkeypatch.setattr(CIFAR10, '_check_integrity', lambda self: True)
    image = CIFAR10(str(tmp_path), download=False)[0]['img']
    assert np.array_equal(image[..., 0].ravel(), data[0, :1024])


def test_digits_are_bgr(monkeypatch):
    """On a red photograph most pixels are red."""
    red = np.zeros((300, 300, 3), np.uint8)
    red[..., 0] = 255
    monkeypatch.setattr(photographs, 'load_photograph', lambda name: red)
    images = np.stack([item['img'] for item in DigitCrops(split='test')])
    blue, green, red = np.median(images, axis=(0, 1, 2))
    assert blue == green == 0 and red > 150


@pytest.mark.parametrize('dataset', DATA)
def test_types_are_registered(dataset):
    cfg = compose_cell('resnet50', dataset)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        for loader in (cfg.train_dataloader, cfg.val_dataloader):
            with DATASETS.switch_scope_and_registry('mmpretrain') as registry:
                assert registry.get(loader.dataset.type)


# Methods inside blocks, and what they need: sublayers, or convolutions.
INSIDE = dict(
    lora='transformer',
    adapter='transformer',
    adaptformer='transformer',
    mona='transformer',
    conv_adapter='cnn',
    bitfit='',
    norm_tuning='',
    ssf='')


def test_fragments_of_methods_inside_blocks_are_all_listed():
    assert set(INSIDE) == {
        name
        for name in NAMES['methods']
        if 'methods' in load('methods', name).method
    }


@pytest.mark.parametrize('method', INSIDE)
@pytest.mark.parametrize('backbone, kind', [('vit_slim', 'transformer'),
                                            ('swin_small', 'transformer'),
                                            ('resnet18_slim', 'cnn')])
def test_methods_inside_blocks_fit_what_they_are_for(method, backbone, kind):
    cfg = compose_cell(backbone, 'digits', method.replace('_', '-'))
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        if INSIDE[method] not in ('', kind):
            with pytest.raises(UserError, match='it is for|is for transfor'):
                MODELS.build(cfg.model.backbone)
            return
        backbone = MODELS.build(cfg.model.backbone)
    method, = backbone.methods
    assert type(method).__name__ == cfg.method.methods[0].type
    assert any(p.requires_grad for p in backbone.parameters())
    assert not backbone.prompts


@pytest.mark.parametrize('backbone', ['deit_small', 'swin_small'])
def test_rates_and_decay_of_fine_tuning(backbone):
    """A custom key of mmengine switches the rules for norms and biases off."""
    cfg = compose_cell(backbone, 'cifar100', 'protune+finetune')
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(cfg.model)
    optimizer = build_optim_wrapper(model, cfg.optim_wrapper).optimizer
    groups = {id(g['params'][0]): g for g in optimizer.param_groups}
    for name, parameter in model.named_parameters():
        group = groups[id(parameter)]
        new = name.startswith(('head.', 'backbone.prompts.'))
        assert group['lr'] == pytest.approx(5e-4 if new else 5e-5), name
        if parameter.ndim == 1:
            assert group['weight_decay'] == 0, name
    head = dict(model.head.named_parameters())
    assert {
        groups[id(p)]['weight_decay']
        for p in head.values() if p.ndim == 2
    } == {0.05}
