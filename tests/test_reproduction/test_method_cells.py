"""Methods side by side: one recipe, one grid, and held-out images."""
import pytest
from mmengine.registry import DATASETS, METRICS, DefaultScope

from protune_mm.datasets import make_digit_scenes
from protune_mm.reproduction.cells import METHOD_NAMES, Cell
from protune_mm.reproduction.compose import compose, sources
from protune_mm.reproduction.embedded import SCENES
from protune_mm.reproduction.method_cells import (CROP, HELD_OUT, KEPT,
                                                  PUBLISHED, RATES, TASKS,
                                                  embedded_method_cells,
                                                  method_arguments,
                                                  method_cells)
from protune_mm.reproduction.panels import STYLES
from protune_mm.reproduction.sweep import has_sweep, plan_sweep
from tests.command_line import ROOT

CONFIGS = ROOT / 'configs'
CELLS = embedded_method_cells()
BY_TASK = {
    name: [cell for cell in CELLS if cell.dataset == name]
    for name in TASKS
}


def test_cells():
    assert [len(cells) for cells in BY_TASK.values()] == [12, 8, 5]
    assert all(map(has_sweep, CELLS))
    methods = {cell.method for cell in CELLS}
    assert methods <= set(METHOD_NAMES) & set(STYLES)
    for cells in BY_TASK.values():  # told apart by form and colour
        styles = {str(STYLES[cell.method]) for cell in cells}
        assert len(styles) == len(cells)


def test_published_cells():
    cells = method_cells(embedded=False)
    assert [(c.method, c.paper_m, c.paper)
            for c in cells] == [('finetune', 86.75, 51.9), ('head', 0., 43.5),
                                ('lora', 3.03, 51.2),
                                ('adaptformer', 3.11, 51.4),
                                ('mona', 4.16, 53.4)]
    assert [row.mask
            for row in PUBLISHED.values()] == [45.0, 38.6, 44.3, 44.5, 46.0]
    assert not any(map(has_sweep, cells))
    for cell in cells:
        backbone = compose(cell, CONFIGS).model.backbone
        plain = cell.method in ('head', 'finetune')
        assert backbone.tuning == (cell.method if plain else 'protune')
        if not plain:
            assert backbone.methods[0].type.lower() == cell.method
        assert backbone.init_cfg.checkpoint.endswith('_22k.pth')


def test_settings():
    assert method_arguments('rank=4,targets=all') == dict(
        rank=4, targets='all')
    assert method_arguments('') == {}


@pytest.mark.parametrize('task', TASKS)
def test_all_methods_of_a_task_train_alike(task):
    """They differ in the backbone, and in nothing else."""
    configs = [compose(cell, CONFIGS) for cell in BY_TASK[task]]
    backbones = [cfg.model.pop('backbone') for cfg in configs]
    assert len({str(backbone) for backbone in backbones}) == len(backbones)
    first = configs[0]
    keys = ('model', 'optim_wrapper', 'param_scheduler', 'train_cfg',
            'train_dataloader', 'val_dataloader', 'custom_hooks',
            'auto_scale_lr', 'val_evaluator')
    for cfg in configs[1:]:
        for key in keys:
            assert cfg.get(key) == first.get(key), key
    wrapper = first.optim_wrapper
    assert wrapper.optimizer.type == 'AdamW'
    assert 'custom_keys' not in wrapper.paramwise_cfg
    steps = TASKS[task].steps
    assert steps in (first.train_cfg.get('max_epochs'),
                     first.train_cfg.get('max_iters'))
    assert first.train_cfg.val_interval == steps


def test_arguments_reach_the_method():
    cell = next(c for c in BY_TASK['digits_coco'] if c.method == 'lora')
    method, = compose(cell, CONFIGS).model.backbone.methods
    assert method == dict(type='LoRA', rank=4, targets='all')
    # The fragment is as it was.
    other = Cell('2', 'classifier', 'vit_slim', 'lora', '', 'digits')
    assert compose(
        other, CONFIGS).model.backbone.methods == [dict(type='LoRA', rank=8)]
    assert [path.stem for path in sources(cell, CONFIGS)
            ] == ['cascade_mask_rcnn_protune_r18_digits', 'lora']


def test_a_segmentor_trains_on_crops():
    cfg = compose(BY_TASK['digits_ade20k'][0], CONFIGS)
    assert cfg.model.data_preprocessor.size == (CROP, CROP)
    names = [x['type'] for x in cfg.train_dataloader.dataset.pipeline]
    assert names[-2:] == ['RandomCrop', 'PackSegInputs']
    assert 'RandomCrop' not in str(cfg.val_dataloader)


def test_trials_have_the_same_grid(tmp_path):
    trials = plan_sweep(CELLS, CONFIGS, tmp_path)
    assert len(trials) == len(CELLS) * len(RATES)
    assert {trial.lr for trial in trials} == set(RATES)
    assert len({trial.decay for trial in trials}) == 1
    folders = {trial.run.cfg.work_dir for trial in trials}
    assert len(folders) == len(trials)
    # Tables that train otherwise have other folders.
    assert all(f'{tmp_path}/methods/' in folder for folder in folders)


@pytest.mark.parametrize('task', ['digits_ade20k', 'digits_coco'])
def test_held_out_scenes(task, tmp_path):
    """No scene is trained on and chosen by, and no test scene is either."""
    cell = BY_TASK[task][0]
    layout, root = SCENES[cell.host]
    small = make_digit_scenes(tmp_path / 'scenes', layout=layout, num_val=2)
    trial, *_ = plan_sweep([cell], CONFIGS, tmp_path)
    cfg = trial.run.cfg
    assert cfg.test_dataloader == cfg.val_dataloader
    found = []
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        for part in ('train', 'val'):
            dataset = cfg[f'{part}_dataloader'].dataset
            dataset.data_root = f'{small}/'
            built = DATASETS.build(dataset)
            found.append([
                built.get_data_info(i)['img_path'] for i in range(len(built))
            ])
    assert [len(x) for x in found] == [KEPT, HELD_OUT]
    assert not set(found[0]) & set(found[1])
    assert all('train' in path for part in found for path in part)
    assert {x['type']
            for x in cfg.val_dataloader.dataset.pipeline
            }.isdisjoint({'RandomCrop', 'RandomFlip'})
    if task == 'digits_coco':
        assert cfg.val_evaluator.ann_file is None
        with DefaultScope.overwrite_default_scope('mmdet'):
            METRICS.build(cfg.val_evaluator)
        sample = built[0]['data_samples']
        assert sample.instances and sample.img_id
