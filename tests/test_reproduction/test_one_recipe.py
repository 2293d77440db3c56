"""Comparisons: one recipe, one grid, and held-out images."""
import pytest
from mmengine.registry import DATASETS, METRICS, DefaultScope

from protune_mm.reproduction.compose import compose
from protune_mm.reproduction.embedded import prepare_embedded
from protune_mm.reproduction.method_cells import embedded_method_cells
from protune_mm.reproduction.one_recipe import CROP
from protune_mm.reproduction.paradigm_cells import paradigm_cells
from protune_mm.reproduction.studies import task_of
from protune_mm.reproduction.sweep import plan_sweep
from tests.command_line import ROOT

CONFIGS = ROOT / 'configs'
CELLS = [*embedded_method_cells(), *paradigm_cells()]
TASKS = {str(task_of(cell)): task_of(cell) for cell in CELLS}
BY_TASK = [
    pytest.param([cell for cell in CELLS if task_of(cell) is task],
                 id=f'{task.host}-{task.backbone}-{task.steps}')
    for task in TASKS.values()
]


def cell_of(dataset):
    """The first of the cells on a data set."""
    return next(cell for cell in CELLS if cell.dataset == dataset)


@pytest.mark.parametrize('cells', BY_TASK)
def test_all_of_a_task_train_alike(cells):
    """They differ in the backbone, and in what a method says of its rates."""
    configs = [compose(cell, CONFIGS) for cell in cells]
    custom = [
        cfg.optim_wrapper.paramwise_cfg.pop('custom_keys', {})
        for cfg in configs
    ]
    backbones = [cfg.model.pop('backbone') for cfg in configs]
    assert len({str(x) for x in zip(backbones, custom)}) == len(cells)
    first = configs[0]
    keys = ('model', 'optim_wrapper', 'param_scheduler', 'train_cfg',
            'train_dataloader', 'val_dataloader', 'custom_hooks',
            'auto_scale_lr', 'val_evaluator')
    for cfg in configs[1:]:
        for key in keys:
            assert cfg.get(key) == first.get(key), key
    wrapper = first.optim_wrapper
    assert wrapper.optimizer.type == 'AdamW'
    steps = task_of(cells[0]).steps
    assert steps in (first.train_cfg.get('max_epochs'),
                     first.train_cfg.get('max_iters'))
    assert first.train_cfg.val_interval == steps


def test_a_segmentor_trains_on_crops():
    cfg = compose(cell_of('digits_ade20k'), CONFIGS)
    assert cfg.model.data_preprocessor.size == (CROP, CROP)
    names = [x['type'] for x in cfg.train_dataloader.dataset.pipeline]
    assert names[-2:] == ['RandomCrop', 'PackSegInputs']
    assert 'RandomCrop' not in str(cfg.val_dataloader)
    # Once, where its config does so itself.
    cfg = compose(cell_of('trees_ade20k'), CONFIGS)
    assert str(cfg.train_dataloader).count('RandomCrop') == 1


def test_trials_have_the_same_grid(tmp_path):
    first = [cells.values[0][0] for cells in BY_TASK]
    trials = plan_sweep(first, CONFIGS, tmp_path)
    for cell in first:
        rates = [trial.lr for trial in trials if trial.cell == cell]
        assert rates == list(task_of(cell).rates)
    assert len({trial.decay for trial in trials}) == 1
    folders = {trial.run.cfg.work_dir for trial in trials}
    assert len(folders) == len(trials)
    # Tables that train otherwise have other folders.
    for trial in trials:
        assert f'{tmp_path}/{trial.cell.table}/' in trial.run.cfg.work_dir


@pytest.mark.parametrize(
    'dataset', ['digits_ade20k', 'digits_coco', 'trees_ade20k', 'trees_coco'])
def test_held_out_scenes(dataset, tmp_path, monkeypatch):
    """No scene is trained on and chosen by, and no test scene is either."""
    monkeypatch.chdir(tmp_path)
    cell = cell_of(dataset)
    prepare_embedded([cell])
    trial, *_ = plan_sweep([cell], CONFIGS, tmp_path)
    cfg = trial.run.cfg
    assert cfg.test_dataloader == cfg.val_dataloader
    found = []
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        for part in ('train', 'val'):
            built = DATASETS.build(cfg[f'{part}_dataloader'].dataset)
            found.append([
                built.get_data_info(i)['img_path'] for i in range(len(built))
            ])
    task = task_of(cell)
    assert [len(x)
            for x in found] == [task.images - task.held_out, task.held_out]
    assert not set(found[0]) & set(found[1])
    assert all('train' in path for part in found for path in part)
    assert {x['type']
            for x in cfg.val_dataloader.dataset.pipeline
            }.isdisjoint({'RandomCrop', 'RandomFlip'})
    if dataset.endswith('_coco'):
        assert cfg.val_evaluator.ann_file is None
        with DefaultScope.overwrite_default_scope('mmdet'):
            METRICS.build(cfg.val_evaluator)
        samples = [built[i]['data_samples'] for i in range(len(built))]
        assert all(sample.img_id for sample in samples)
        assert any(sample.instances for sample in samples)
