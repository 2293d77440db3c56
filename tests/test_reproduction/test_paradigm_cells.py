"""Pro-tuning beside head retraining and fine-tuning, on real weights."""
import pytest
from mmengine.registry import DATASETS, DefaultScope

from protune_mm.reproduction.cells import METHOD_NAMES
from protune_mm.reproduction.compose import compose
from protune_mm.reproduction.panels import STYLES
from protune_mm.reproduction.paradigm_cells import (LITE0, LONG, SHORT, TASKS,
                                                    WAYS, paradigm_cells)
from protune_mm.reproduction.sweep import has_sweep, plan_sweep
from tests.command_line import ROOT

CONFIGS = ROOT / 'configs'
CELLS = paradigm_cells()


def cell_of(way, setting, dataset='digits_96'):
    cell, = [
        cell for cell in CELLS
        if (cell.method, cell.setting, cell.dataset) == (way, setting, dataset)
    ]
    return cell


def test_cells():
    assert len(CELLS) == len(TASKS) * len(WAYS) == len(set(CELLS))
    assert all(map(has_sweep, CELLS))
    assert set(WAYS) <= set(METHOD_NAMES) & set(STYLES)
    assert {cell.host for cell in CELLS} == {'classifier', 'upernet', 'fcos'}


@pytest.mark.parametrize('dataset', ['digits_96', 'trees_ade20k'])
def test_the_longer_one_is_four_times_as_long(dataset):
    assert TASKS[dataset, LONG].steps == 4 * TASKS[dataset, SHORT].steps


@pytest.mark.parametrize('dataset',
                         ['digits_96', 'trees_ade20k', 'trees_coco'])
@pytest.mark.parametrize('way', WAYS)
def test_all_start_from_real_weights(way, dataset):
    cfg = compose(cell_of(way, SHORT, dataset), CONFIGS)
    backbone = cfg.model.backbone
    assert backbone.init_cfg.checkpoint == f'package://{LITE0}'
    assert backbone.tuning == way.removesuffix('-slow')
    inputs = cfg.model.get('data_preprocessor') or cfg.data_preprocessor
    assert inputs.mean == inputs.std == [127.5] * 3
    assert inputs.get('to_rgb', inputs.get('bgr_to_rgb'))
    slow = cfg.optim_wrapper.paramwise_cfg.get('custom_keys',
                                               {}).get('backbone')
    assert slow == (dict(lr_mult=0.1) if way == 'finetune-slow' else None)


def test_rates_for_few_shots_are_chosen_on_other_images(tmp_path):
    trial, *_ = plan_sweep([cell_of('head', 'shots=4')], CONFIGS, tmp_path)
    cfg = trial.run.cfg
    assert trial.run.cell.setting == 'shots=4 lr=0.0005 wd=0.01'
    seen = []
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        for part in ('train', 'val'):
            dataset = cfg[f'{part}_dataloader'].dataset
            while dataset.type in ('RepeatDataset', 'FewShotDataset'):
                drawn, dataset = dataset, dataset.dataset
            assert (dataset.type, dataset.part) == ('HoldoutDataset', part)
            built = DATASETS.build(dataset)
            seen.append({
                built[i]['inputs'].numpy().tobytes()
                for i in range(len(built))
            } if part == 'val' else len(built))
            if part == 'train':
                assert len(DATASETS.build(drawn)) == 40
    assert seen[0] + len(seen[1]) == 1347
