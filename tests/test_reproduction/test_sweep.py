"""Choosing learning rate and weight decay: never by the test set."""
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from mmengine.registry import DATASETS, DefaultScope

from protune_mm.apis.experiment import prepare_run
from protune_mm.reproduction import Cell, collect, prompt_cells, select
from protune_mm.reproduction.cells import METHOD_NAMES, Outcome
from protune_mm.reproduction.sweep import (choose, has_sweep, plan_chosen,
                                           plan_sweep)
from tests.command_line import ROOT

CONFIGS = ROOT / 'configs'
DEEP = Cell('fgvc', 'classifier', 'vit_slim', 'vpt-deep', '', 'digits')
SHALLOW = replace(DEEP, method='vpt-shallow')
ERROR = 'Name its place with --cfg-options train_dataloader{}.data_root=X.'
WEIGHTS = 'model.backbone.init_cfg.checkpoint'


def outcomes(trials, *values):
    """Give a trial each value, in percent; None is a failure."""
    return [
        Outcome(trial.run.cell, 10,
                (value, )) if value is not None else Outcome(
                    trial.run.cell, error=ERROR.format('.dataset.dataset'))
        for trial, value in zip(trials, values, strict=True)
    ]


def test_methods_with_a_sweep():
    assert [
        name for name in METHOD_NAMES if has_sweep(replace(DEEP, method=name))
    ] == ['vpt-shallow', 'vpt-deep']


@pytest.mark.parametrize('dataset, least, largest, number', [
    ('cub', 0.1, 50., 36),
    ('stanford_cars', 0.1, 1000., 52),
    ('vtab_svhn', 0.05, 50., 40),
])
def test_the_published_grid(dataset, least, largest, number, tmp_path):
    cell = replace(DEEP, backbone='vit_base_mae', dataset=dataset)
    trials = plan_sweep([cell], CONFIGS, tmp_path)
    pairs = {(trial.lr, trial.decay) for trial in trials}
    assert len(pairs) == len(trials) == number
    rates = {lr for lr, _ in pairs}
    assert (min(rates), max(rates)) == (least, largest)
    assert {decay for _, decay in pairs} == {0., 1e-4, 1e-3, 1e-2}


def test_trials(tmp_path):
    trials = plan_sweep([SHALLOW, DEEP], CONFIGS, tmp_path,
                        {'train_cfg.max_epochs': 1}, [0.5, 5.], [0., 1e-4])
    assert [(x.cell, x.lr, x.decay)
            for x in trials] == [(cell, lr, decay) for cell in (SHALLOW, DEEP)
                                 for lr in (0.5, 5.) for decay in (0., 1e-4)]
    last = trials[-1].run
    assert last.title == ('vit_slim, vpt-deep, lr=5 wd=0.0001, digits, '
                          'seed 0')
    assert last.cfg.train_cfg.max_epochs == 1
    optimizer = last.cfg.optim_wrapper.optimizer
    assert (optimizer.lr, optimizer.weight_decay) == (5., 1e-4)
    assert optimizer.momentum == 0.9
    assert Path(last.cfg.work_dir).parts[-5:] == ('vit_slim', 'vpt-deep',
                                                  'digits', 'sweep',
                                                  'lr5_wd0.0001')
    assert len({x.run.cfg.work_dir for x in trials}) == len(trials)


def test_what_is_given_twice_is_trained_once(tmp_path):
    rates = [1e-2, 0.01000000001, 1e-1]
    trials = plan_sweep([SHALLOW, DEEP], CONFIGS, tmp_path, None, rates, [0.])
    assert [trial.lr for trial in trials][::2] == [rates[1]] * 2
    assert len(trials) == 4
    best, errors = choose(trials, outcomes(trials, 2., 1., 3., 4.)[::-1])
    assert [best[cell].lr for cell in (SHALLOW, DEEP)] == [rates[1], 1e-1]
    assert not errors


def test_one_that_another_process_trains(tmp_path):
    trials = plan_sweep([DEEP], CONFIGS, tmp_path, None, [1., 2.], [0.])
    taken = Outcome(trials[1].run.cell)
    best, errors = choose(trials, [*outcomes(trials[:1], 2.), taken])
    assert not best
    assert errors[DEEP].endswith('failed: another process is training one; '
                                 'start again when it has ended.')


def splits(dataset):
    """What of a data set a loader reads, wrappers and all."""
    if dataset.type == 'HoldoutDataset':
        return [dataset.part, *splits(dataset.dataset)]
    return [dataset.split]


@pytest.mark.parametrize('target', ['fgvc', 'vtab'])
def test_no_trial_reads_the_test_set(target, tmp_path):
    cells = select(
        prompt_cells(target), backbone=['vit_base_mae'], method=['vpt-deep'])
    trials = plan_sweep(cells, CONFIGS, tmp_path, None, [1.], [0.])
    for trial in trials:
        found = [
            splits(trial.run.cfg[f'{x}_dataloader'].dataset)
            for x in ('train', 'val', 'test')
        ]
        expected = [['train', 'train'], ['val', 'train'], ['val', 'train']]
        if target == 'vtab':
            expected = [['train800'], ['val200'], ['val200']]
        elif trial.cell.dataset == 'flowers102_fgvc':
            expected = [['train'], ['val'], ['val']]
        assert found == expected, trial.cell


def test_images_to_choose_by_are_not_trained_on(tmp_path):
    trial, = plan_sweep([DEEP], CONFIGS, tmp_path, None, [1.], [0.])
    cfg = trial.run.cfg
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        train, val = (
            DATASETS.build(cfg[f'{x}_dataloader'].dataset)
            for x in ('train', 'val'))
    digits = [{
        dataset.get_data_info(i)['digit_index']
        for i in range(len(dataset))
    } for dataset in (train, val)]
    assert not digits[0] & digits[1]
    assert len(digits[0] | digits[1]) == 1347  # of 1,797
    assert 100 < len(digits[1]) < 170
    # Whole images, as in a test.
    names = [x.type for x in cfg.val_dataloader.dataset.dataset.pipeline]
    assert names == ['PackInputs']
    assert cfg.train_dataloader.dataset.dataset.pipeline[0].type == \
        'RandomCrop'


@pytest.mark.parametrize('values, lr, decay', [
    ((50., 60., 70., 40.), 5., 0.),
    ((50., 60., 50., 40.), 0.5, 1e-4),
    ((50., 60., 60., 60.), 0.5, 1e-4),
    ((50., 50., 60., 60.), 5., 0.),
])
def test_the_best_is_chosen(values, lr, decay, tmp_path):
    # The larger rates first: not just the first of equals is taken.
    trials = plan_sweep([DEEP], CONFIGS, tmp_path, None, [0.5, 5.], [0., 1e-4])
    found = outcomes(trials, *values)
    for order in (1, -1):
        best, errors = choose(trials[::order], found[::order])
        assert not errors
        assert (best[DEEP].lr, best[DEEP].decay) == (lr, decay)


def test_a_part_of_a_sweep_chooses_nothing(tmp_path):
    trials = plan_sweep([SHALLOW, DEEP], CONFIGS, tmp_path, None, [0.5, 5.],
                        [0.])
    best, errors = choose(trials, outcomes(trials, 50., None, 20., 10.))
    assert best == {DEEP: trials[2]}
    assert errors == {
        SHALLOW:
        '1 of the 2 trainings of its sweep failed: ' + ERROR.format('.dataset')
    }


def test_what_was_chosen_is_run_apart(tmp_path):
    trials = plan_sweep([DEEP], CONFIGS, tmp_path, None, [5.], [1e-4])
    runs = plan_chosen({DEEP: trials[0]}, 2, CONFIGS, tmp_path)
    assert [(run.cell, run.seed, run.cfg.randomness.seed)
            for run in runs] == [(DEEP, 0, 0), (DEEP, 1, 1)]
    for run in runs:
        optimizer = run.cfg.optim_wrapper.optimizer
        assert (optimizer.lr, optimizer.weight_decay) == (5., 1e-4)
        assert Path(run.cfg.work_dir).parts[-3:] == ('digits',
                                                     'swept_lr5_wd0.0001',
                                                     f'seed{run.seed}')
        for loader, split in (('train', 'train'), ('val', 'test')):
            dataset = run.cfg[f'{loader}_dataloader'].dataset
            assert (dataset.type, dataset.split) == ('DigitCrops', split)


def test_results_are_found_again(tmp_path):
    """A sweep that was stopped goes on; its table has the settings."""
    weights = tmp_path / 'x.pth'
    torch.save({'conv1.weight': torch.ones(1)}, weights)
    trials = plan_sweep([DEEP], CONFIGS, tmp_path, {WEIGHTS: str(weights)},
                        [0.5, 5.], [0.])
    run = trials[1].run
    key = prepare_run(run.cfg).custom_hooks[-1].fingerprint
    Path(run.cfg.work_dir, 'result.json').write_text(
        json.dumps(
            dict(
                fingerprint=key,
                metrics={'accuracy/top1': 40.},
                parameters=[['total', 10, 5]])))
    assert [trial.run.state for trial in trials] == ['to do', 'done']
    missing, found = collect([trial.run for trial in trials], {})
    assert missing.values == () and found.values == (40., )
    assert found.cell.setting == 'lr=5 wd=0'
