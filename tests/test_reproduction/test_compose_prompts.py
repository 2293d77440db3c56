"""VPT and SPT: every cell is what its paper says."""

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope

from protune_mm.datasets.published.vtab1k import TASKS
from protune_mm.reproduction import BENCHMARKS, prompt_cells
from protune_mm.reproduction.campaign import run_folder
from protune_mm.reproduction.cells import Cell
from protune_mm.reproduction.compose import compose, sources
from protune_mm.reproduction.prompt_cells import PROMPT_METHODS
from protune_mm.tuning import parameter_rows
from tests.command_line import ROOT

CONFIGS = ROOT / 'configs'
CLASSES = dict(
    cub=200,
    nabirds=555,
    flowers102_fgvc=102,
    stanford_dogs=120,
    stanford_cars=196)
# Depth, length and dropout of the prompts.
PROMPTS = {
    'vpt-shallow': ('shallow', 10, 0.),
    'vpt-deep': ('deep', 10, 0.1),
    'vpt-deep-adamw': ('deep', 20, 0.),
    'spt-shallow': ('shallow', 100, 0.),
    'spt-deep': ('deep', 20, 0.),
    'spt-deep+protune': ('deep', 20, 0.)
}
# What the two papers compare: methods by backbone, on each data set.
COMPARED = {(backbone, method, dataset)
            for backbone, methods in (
                ('vit_base_mae', ('protune', *PROMPTS)),
                ('vit_base_mocov3', ('protune', *PROMPTS)),
                ('vit_base_in21k', ('protune', *PROMPTS)),
                ('swin_base', ('vpt-shallow', 'vpt-deep')),
            )
            for method in ('head', 'finetune', *methods)
            for dataset in (*CLASSES, *(f'vtab_{task}' for task in TASKS))}
BLOCKS = 'default'


@pytest.fixture(scope='module')
def configs():
    return {
        cell: compose(cell, CONFIGS, seed=7)
        for target in BENCHMARKS
        for cell in prompt_cells(target)
    }


def cell_of(backbone, method, dataset='cub'):
    return Cell('fgvc', 'classifier', backbone, method, '', dataset)


def build(cfg, device='cpu'):
    with DefaultScope.overwrite_default_scope('mmpretrain'), \
            torch.device(device):
        return MODELS.build(cfg.model)


def test_every_cell_has_its_data(configs):
    assert len({run_folder(cell, 7) for cell in configs}) == len(configs)
    assert {(c.backbone, c.method, c.dataset) for c in configs} == COMPARED
    for cell, cfg in configs.items():
        task = cell.dataset.removeprefix('vtab_')
        sets = [
            cfg[f'{x}_dataloader'].dataset for x in ('train', 'val', 'test')
        ]
        if cell.table == 'vtab':
            assert [(x.type, x.task, x.split) for x in sets
                    ] == [('VTAB1k', task, split)
                          for split in ('train800val200', 'test', 'test')]
            classes = TASKS[task].classes
        else:
            classes = CLASSES[task]
            assert [x.split for x in sets] == ['train', 'test', 'test']
        assert cfg.model.head.num_classes == classes
        assert cfg.data_preprocessor.num_classes == classes
        mean = 127.5 if cell.backbone == 'vit_base_in21k' else 123.675
        assert cfg.data_preprocessor.mean[0] == mean
        assert cfg.data_preprocessor.to_rgb


def test_every_cell_has_its_prompts(configs):
    assert list(PROMPT_METHODS) == list(PROMPTS)
    for cell, cfg in configs.items():
        backbone, prompts = cfg.model.backbone, PROMPTS.get(cell.method)
        hooks = [hook.type for hook in cfg.custom_hooks]
        if not prompts:
            assert backbone.tuning == cell.method
            blocks = cell.method == 'protune'
            assert blocks == (backbone.type == 'ProTuneViT')
            assert 'prompt_depth' not in backbone
            assert hooks == ['EpochSeedHook']
            continue
        assert backbone.tuning == 'protune'
        assert backbone.type == ('PromptedSwin' if cell.backbone == 'swin_base'
                                 else 'PromptedViT')
        assert (backbone.prompt_depth, backbone.prompt_length,
                backbone.prompt_dropout) == prompts
        assert backbone.get('prompt_stages') == (
            BLOCKS if cell.method == 'spt-deep+protune' else None)
        spt = cell.method not in ('vpt-shallow', 'vpt-deep')
        mae = cell.backbone == 'vit_base_mae'
        assert backbone.get('encoder_norm', True) == (spt or not mae)
        # One is SPT but for its start.
        starts = spt and cell.method != 'vpt-deep-adamw'
        assert hooks == ['EpochSeedHook'] + ['SelfPromptInitHook'] * starts
        assert not starts or cfg.custom_hooks[1].sampling == (
            'random' if cell.method == 'spt-shallow' else 'mean')


def test_every_cell_has_its_recipe(configs):
    for cell, cfg in configs.items():
        if cell.method not in PROMPTS:
            continue
        optimizer, init = cfg.optim_wrapper.optimizer, cfg.model.head.init_cfg
        batch = cfg.train_dataloader.batch_size
        assert cfg.train_cfg.max_epochs == 100
        if cell.method in ('vpt-shallow', 'vpt-deep'):
            assert batch == (64 if cell.table == 'vtab' else 128)
            assert (optimizer.type, optimizer.momentum) == ('SGD', 0.9)
            assert cfg.auto_scale_lr == dict(enable=True, base_batch_size=256)
            assert (init.type, init.bias_prob) == ('Kaiming', 0.01)
        else:
            assert batch == 32
            mae = cell.backbone == 'vit_base_mae'
            assert (optimizer.type, optimizer.lr) == ('AdamW',
                                                      5e-2 if mae else 1e-3)
            assert not cfg.auto_scale_lr.get('enable')
            mocov3 = cell.backbone == 'vit_base_mocov3'
            assert (init.type, init.std) == ('TruncNormal',
                                             0.01 if mocov3 else 0.02)


@pytest.mark.parametrize('method, schedules', [
    ('head', ('transformer_frozen', 'slim_vit_frozen')),
    ('finetune', ('transformer_finetune', 'slim_vit_finetune')),
    ('vpt-deep', ('vit_base_mae_vpt', 'slim_vpt')),
    ('spt-shallow', ('vit_base_mae_spt', 'slim_spt')),
])
def test_schedules(method, schedules):
    for backbone, schedule in zip(('vit_base_mae', 'vit_slim'), schedules):
        cell = cell_of(backbone, method)
        assert sources(cell, CONFIGS)[2].stem == schedule
        slim = backbone == 'vit_slim'
        assert compose(cell,
                       CONFIGS).train_cfg.max_epochs == (20 if slim else 100)


def test_every_iteration_of_an_embedded_run_is_logged():
    for backbone, interval in (('vit_slim', 1), ('vit_base_mae', 10)):
        cfg = compose(cell_of(backbone, 'vpt-deep'), CONFIGS)
        assert cfg.default_hooks.logger.interval == interval
        assert cfg.log_processor.window_size == interval


# Prompts and the head of a ViT-B on CUB, by the papers' arithmetic.
@pytest.mark.parametrize('backbone, method, trained', [
    ('vit_base_in21k', 'vpt-deep', 12 * 10 * 768 + 769 * 200),
    ('vit_base_mae', 'spt-deep', 12 * 20 * 768 + 769 * 200),
])
def test_counts(backbone, method, trained):
    model = build(compose(cell_of(backbone, method), CONFIGS), 'meta')
    assert parameter_rows(model)[-1].trained == trained


@pytest.mark.parametrize('method, trained', [
    ('vpt-shallow', 10 * 64),
    ('vpt-deep', 4 * 10 * 64),
    ('spt-shallow', 100 * 64),
    ('spt-deep', 4 * 20 * 64),
    ('head', 0),
])
def test_slim_counts(method, trained):
    model = build(
        compose(cell_of('vit_slim', method, 'digits'), CONFIGS), 'meta')
    assert parameter_rows(model)[-1].trained == trained + 65 * 10


def test_tokens_and_blocks():
    cell = cell_of('vit_slim', 'spt-deep+protune', 'digits')
    prompts = build(compose(cell, CONFIGS), 'meta').backbone.prompts
    assert list(prompts) == [
        'patch_embed', 'layers_0', 'layers_1', 'layers_2', 'tokens'
    ]


@pytest.mark.parametrize('leaf, backbone, method', [
    ('vpt_vit_b', 'vit_base_in21k', 'vpt-deep'),
    ('vpt_swin_b', 'swin_base', 'vpt-deep'),
    ('spt_mae_vit_b', 'vit_base_mae', 'spt-deep'),
])
def test_a_cell_is_its_leaf(leaf, backbone, method):
    """But for seed and log."""
    cfg = compose(cell_of(backbone, method), CONFIGS)
    assert cfg.pop('log_processor') == dict(window_size=10)
    assert cfg.pop('launcher') == 'none'
    cfg.default_hooks.logger.interval = 100
    cfg.randomness.seed = None
    expected = Config.fromfile(CONFIGS / f'classifier_{leaf}_cub.py')
    assert cfg.to_dict() == expected.to_dict()
