"""From cells to configs: all of them, and nothing but what they say."""
from itertools import product

import pytest
from mmengine.config import Config
from mmengine.registry import DATASETS, MODELS, DefaultScope
from torch.nn import Parameter

from protune_mm.errors import UserError
from protune_mm.preflight.config_parts import find_heads
from protune_mm.reproduction import embedded_cells, paper_cells
from protune_mm.reproduction.campaign import run_folder
from protune_mm.reproduction.cells import Cell
from protune_mm.reproduction.compose import compose, setting_options, sources
from tests.command_line import ROOT

CONFIGS = ROOT / 'configs'
TABLES = (*(str(i) for i in range(2, 13)), 'figure3')
# What the paper's tables vary: backbones, detectors or segmentors, data sets
# ways of tuning, and what an ablation changes.
WAYS = 'scratch head partial-1 partial-2 finetune protune'
BENCHMARKS = (
    'cifar10_lt100 cifar10_lt50 cifar100_lt100 cifar100_lt50 cifar10 '
    'cifar100 pets flowers102 stanford_dogs clothing1m caltech101')
TRANSFORMERS = 'deit_small deit_base swin_small swin_base'
FROZEN = 'head finetune protune'
FEW = f'scratch {FROZEN}'
VARIED = {
    '2': ('resnet50 resnet101 regnetx_32gf', 'classifier', BENCHMARKS, WAYS),
    '3': (TRANSFORMERS, 'classifier', BENCHMARKS, WAYS),
    '4': ('resnet50 deit_small swin_small', 'classifier',
          'cifar10_c cifar100_c', FEW),
    '5': (TRANSFORMERS, 'classifier', 'imagenet_a imagenet_r', FEW),
    '6': ('resnet50', 'cascade_mask_rcnn htc', 'coco', FROZEN),
    '7': ('resnet50', 'fcn upernet', 'ade20k', FROZEN),
    '8':
    ('resnet50', 'classifier', 'cifar100_lt100', f'{FEW} protune+finetune'),
    '9': ('resnet50', 'classifier', 'cifar100 cifar100_lt100', 'protune',
          'blocks=1 blocks=2 blocks=3'),
    '10': ('deit_base', 'classifier', 'cifar100_lt100', 'protune',
           'position=F1 position=F5 position=L1 position=L5 position=U5'),
    '11': ('resnet50', 'classifier', 'cifar100_lt100', 'protune',
           'beta=0.1 beta=0.25 beta=0.5 beta=1 beta=2 beta=4 beta=10 '
           'beta=learned'),
    '12': ('resnet50', 'classifier', 'cifar100 cifar100_lt100', 'protune',
           'kernel=3 kernel=5 kernel=7'),
    'figure3': ('resnet50', 'classifier', 'cifar10 cifar100 caltech101',
                FROZEN, 'shots=1 shots=2 shots=4 shots=8 shots=16'),
}
LEAVES = dict(
    resnet50='r50',
    resnet101='r101',
    regnetx_32gf='regnetx_32gf',
    deit_small='deit_s',
    deit_base='deit_b',
    swin_small='swin_s',
    swin_base='swin_b')
CLASSES = dict(
    cifar10=10,
    cifar100=100,
    caltech101=102,
    clothing1m=14,
    flowers102=102,
    imagenet_a=200,
    imagenet_r=200,
    pets=37,
    stanford_dogs=120)

# Blocks behind parts of DeiT, and of the slim network that stands for it.
POSITIONS = dict(
    F1=(dict(layers_0=1), dict(layer1_0=1)),
    F5=(dict(layers_0=5), dict(layer1_0=5)),
    L1=(dict(layers_11=1), dict(layer4_1=1)),
    L5=(dict(layers_11=5), dict(layer4_1=5)),
    U5=(dict(patch_embed=1, layers_1=1, layers_4=1, layers_7=1,
             layers_10=1), dict(layer1=1, layer2=1, layer3=1, layer4=1)))


@pytest.fixture(scope='module')
def configs():
    """Every cell of the paper, and its config."""
    cells = [cell for table in TABLES for cell in paper_cells(table)]
    return {cell: compose(cell, CONFIGS, seed=7) for cell in cells}


def dataset_of(cfg, loader='train_dataloader'):
    dataset = cfg[loader].dataset
    while 'dataset' in dataset:
        dataset = dataset.dataset
    return dataset


def test_tables_compare_what_the_paper_compares():
    """Each is the product of what it varies, without a gap."""
    for table in TABLES:
        varied = [words.split() for words in VARIED[table]]
        if len(varied) == 4:
            varied.append([''])  # no ablation
        assert sorted(
            (c.backbone, c.host, c.dataset, c.method, c.setting)
            for c in paper_cells(table)) == sorted(product(*varied)), table


def test_every_cell_is_composed_of_what_it_names(configs):
    for cell, cfg in configs.items():
        assert cfg.model.backbone.tuning == cell.method
        assert cfg.randomness.seed == 7
        if cell.host != 'classifier':
            continue
        assert sources(cell, CONFIGS)[0].stem == cell.backbone
        name, _, ratio = cell.dataset.partition('_lt')
        found = dataset_of(cfg)
        assert ('imbalance_ratio' in found) == bool(ratio)
        assert not ratio or found.imbalance_ratio == int(ratio)
        classes = CLASSES[name.removesuffix('_c')]
        assert {count for _, count, _ in find_heads(cfg)} == {classes}
        assert cfg.model.head.num_classes == classes
        assert cfg.data_preprocessor.num_classes == classes


@pytest.mark.parametrize('method, epochs, rates', [
    ('protune', (100, 100), (0.05, 1e-3)),
    ('head', (100, 100), (0.05, 1e-3)),
    ('partial-1', (100, 100), (0.01, 5e-5)),
    ('partial-2', (100, 100), (0.01, 5e-5)),
    ('finetune', (100, 100), (0.01, 5e-5)),
    ('protune+finetune', (100, 100), (0.01, 5e-5)),
    ('scratch', (200, 300), (0.1, 5e-4)),
])
@pytest.mark.parametrize('family, backbone, optimizer',
                         [(0, 'resnet50', 'SGD'), (1, 'swin_small', 'AdamW')])
def test_recipes(family, backbone, optimizer, method, epochs, rates):
    cfg = compose(
        Cell('2', 'classifier', backbone, method, '', 'pets'), CONFIGS)
    schedule = cfg.train_cfg
    assert schedule.max_epochs == schedule.val_interval == epochs[family]
    found = cfg.optim_wrapper.optimizer
    assert (found.type, found.lr) == (optimizer, rates[family])


@pytest.mark.parametrize('backbone', LEAVES)
def test_a_cell_is_its_leaf(backbone):
    """But for tuning and seed, so that a leaf trains what a table holds."""
    path = CONFIGS / f'classifier_protune_{LEAVES[backbone]}_cifar100.py'
    leaf = Config.fromfile(path).to_dict()
    cell = Cell('', 'classifier', backbone, 'protune', '', 'cifar100')
    cfg = compose(cell, CONFIGS, seed=3).to_dict()
    assert cfg.pop('launcher') == 'none'
    assert cfg['model']['backbone'].pop('tuning') == 'protune'
    assert leaf.pop('randomness') == dict(seed=None, deterministic=False)
    assert cfg.pop('randomness') == dict(seed=3, deterministic=False)
    method = Config.fromfile(CONFIGS / '_base_/methods/protune.py').to_dict()
    assert {key: cfg.pop(key) for key in method} == method
    assert cfg == leaf


def test_equal_runs_share_a_folder_and_different_ones_never(configs):
    folders, contents, shared = {}, {}, []
    for cell, cfg in configs.items():
        folder, content = run_folder(cell, 7), repr(cfg.to_dict())
        if folder in folders:
            shared.append((cell.table, cell.setting or cell.method))
        assert folders.setdefault(folder, content) == content, cell
        assert contents.setdefault(content, folder) == folder, cell
    # Ablations hold what Tables 2 and 3 have trained already.
    assert sorted(set(shared)) == [('10', 'position=U5'),
                                   ('11', 'beta=learned'), ('12', 'kernel=5'),
                                   ('8', 'finetune'), ('8', 'head'),
                                   ('8', 'protune'), ('8', 'scratch'),
                                   ('9', 'blocks=1')]
    assert run_folder(cell, 7) != run_folder(cell, 8)


def prompts_of(cell):
    cfg = compose(cell, CONFIGS)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return MODELS.build(cfg.model.backbone).prompts


@pytest.mark.parametrize('setting', POSITIONS)
def test_positions_arrive(setting):
    cells = [
        cell for cell in paper_cells('10')
        if cell.setting == f'position={setting}'
    ]
    for cell, expected in zip((*cells, *embedded_cells(cells)),
                              POSITIONS[setting]):
        prompts = prompts_of(cell)
        assert {
            name: len(chain)
            for name, chain in prompts.items()
        } == expected


@pytest.mark.parametrize('table', ['9', '11', '12'])
def test_settings_arrive(table):
    for cell in embedded_cells(paper_cells(table)):
        value = cell.setting.partition('=')[2]
        prompts = prompts_of(cell)
        sizes = {name: len(blocks) for name, blocks in prompts.items()}
        blocks = [block for chain in prompts.values() for block in chain]
        count = int(value) if table == '9' else 1
        assert sizes == {f'layer{i}': count for i in range(1, 5)}
        kernel = int(value) if table == '12' else 5
        constant = table == '11' and value != 'learned'
        for block in blocks:
            assert block.conv2.kernel_size == (kernel, kernel)
            assert isinstance(block.beta, Parameter) != constant
            assert not constant or block.beta.item() == pytest.approx(
                float(value))


def test_settings_that_are_not_known_are_refused():
    for setting in ('position=F2', 'color=red'):
        with pytest.raises(UserError, match=f"'{setting}' is not known"):
            setting_options(setting, 'cnn')


def test_few_shots_are_repeated(configs):
    """An epoch is as long as ten batches, or a little more."""
    cells = paper_cells('figure3')
    for cell in cells:
        loader = configs[cell].train_dataloader
        repeat, few = loader.dataset, loader.dataset.dataset
        shots = int(cell.setting.removeprefix('shots='))
        assert (repeat.type, few.type) == ('RepeatDataset', 'FewShotDataset')
        assert (few.num_shots, few.seed) == (shots, 7)
        images = shots * configs[cell].num_classes
        least = 10 * loader.batch_size
        assert least <= repeat.times * images < least + images
    assert {cell.setting
            for cell in cells} == {f'shots={n}'
                                   for n in (1, 2, 4, 8, 16)}


def test_few_shots_of_real_images():
    drawn = []
    for seed in (0, 1):
        cell = Cell('figure3', 'classifier', 'resnet18_slim', 'head',
                    'shots=2', 'digits')
        cfg = compose(cell, CONFIGS, seed)
        with DefaultScope.overwrite_default_scope('mmpretrain'):
            dataset = DATASETS.build(cfg.train_dataloader.dataset)
        infos = [dataset.get_data_info(i) for i in range(len(dataset))]
        assert len(infos) == 320  # ten batches of 32
        drawn.append({info['digit_index'] for info in infos})
        assert len(drawn[-1]) == 20
        labels = sorted(info['gt_label'] for info in infos[:20])
        assert labels == sorted([*range(10)] * 2)
    assert drawn[0] != drawn[1]


def test_options_come_last_and_change_one_config_only():
    cell = Cell('', 'classifier', 'resnet50', 'protune', '', 'pets')
    options = {
        'train_dataloader.batch_size': 2,
        'model.head.num_classes': 3,
        'randomness.seed': 9
    }
    before = compose(cell, CONFIGS).to_dict()
    changed = compose(cell, CONFIGS, 1, options)
    assert changed.train_dataloader.batch_size == 2
    assert changed.model.head.num_classes == 3
    assert changed.randomness.seed == 9
    changed.train_dataloader.dataset.pipeline.clear()
    assert compose(cell, CONFIGS).to_dict() == before
