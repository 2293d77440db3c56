"""A training that was killed and goes on ends with the same bits.

Two kills each. Twelve, of which five are inside a save, are taken by

    PROTUNE_ALL_KILLS=1 pytest tests/test_tools/test_resume.py
"""
import os
import signal

import pytest
import torch

from tests.command_line import ROOT, run_tool

DEMO = ROOT / 'configs/demo'
HOOKS = '''
custom_imports = dict(imports=['protune_mm', 'tests.sudden_death'])
custom_hooks = [dict(type='SuddenDeath')]
default_hooks = dict(checkpoint=dict(interval={interval}))
train_dataloader = dict(batch_size=2, num_workers=2, persistent_workers=True,
                        dataset=dict({data}))
val_dataloader = dict(num_workers=0, persistent_workers=False, {val})
'''
CASCADE = f'''
_base_ = ['{DEMO}/cascade_mask_rcnn_protune_r18_digits.py']
pipeline = _base_.train_pipeline
pipeline[2:3] = [
    dict(type='RandomResize', scale=(128, 128), ratio_range=(0.5, 1.5),
         keep_ratio=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion')]
''' + HOOKS.format(
    interval=1, data='pipeline=pipeline', val='batch_size=2')
UPERNET = f'''
_base_ = ['{DEMO}/upernet_protune_r18_digits.py']
pipeline = _base_.pipeline
pipeline[2:2] = [
    dict(type='RandomResize', scale=(128, 128), ratio_range=(0.5, 2),
         keep_ratio=True),
    dict(type='RandomCrop', crop_size=(96, 96)),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion')]
model = dict(data_preprocessor=dict(size=(96, 96)))
train_cfg = dict(max_iters=12, val_interval=12)
''' + HOOKS.format(
    interval=4, data='pipeline=pipeline', val='batch_size=2')
CLASSIFIER = f'''
_base_ = ['{DEMO}/resnet18_slim_letters.py']
model = dict(
    backbone=dict(
        type='ProTuneResNet',
        init_cfg=dict(
            type='Pretrained',
            checkpoint='{DEMO}/resnet18_slim_letters.pth')),
    head=dict(type='LinearClsHead'),
    train_cfg=dict(augments=[dict(type='Mixup', alpha=1.0)]))
train_cfg = dict(max_epochs=3, val_interval=3)
_base_.param_scheduler[0].total_steps = 3
pipeline = [dict(type='RandomFlip', prob=0.5),
            dict(type='ColorJitter', brightness=0.5),
            dict(type='PackInputs')]
''' + HOOKS.format(
    interval=1,
    data='length=8, pipeline=pipeline',
    val='batch_size=2, dataset=dict(length=4)')
CONFIGS = dict(cascade=CASCADE, upernet=UPERNET, classifier=CLASSIFIER)

# Twelve iterations, a checkpoint after each fourth: the iteration of death,
# the moment in it, and the checkpoint to go on from.
FEW = [(7, 'end', 4), (8, 'write', 4)]
ALL = FEW + [(2, 'begin', 0), (4, 'write', 0), (4, 'replaced', 4),
             (5, 'begin', 4), (6, 'end', 4), (8, 'end', 4), (8, 'replace', 4),
             (9, 'begin', 8), (11, 'end', 8), (12, 'sync', 8)]
KILLS = ALL if os.environ.get('PROTUNE_ALL_KILLS') else FEW


def run(name, workplace, folder, *flags, death=()):
    """Train, perhaps to the death; return the finished process."""
    folder.mkdir(exist_ok=True)
    (folder / 'config.py').write_text(CONFIGS[name])
    options = [f'custom_hooks.0.{key}={value}' for key, value in death]
    return run_tool(
        'train.py',
        folder / 'config.py',
        '--work-dir',
        folder / 'run',
        *flags,
        *(['--cfg-options', *options] if options else []),
        cwd=workplace)


def result(folder):
    """What a finished training left."""
    names = [folder / f'run/{last}.pth' for last in ('epoch_3', 'iter_12')]
    path = next(name for name in names if name.exists())
    return torch.load(path, weights_only=False)


@pytest.fixture(scope='module')
def through(workplace, tmp_path_factory):
    """The trainings that were not interrupted, each run once."""
    results = {}

    def of(name):
        if name not in results:
            folder = tmp_path_factory.mktemp(name)
            process = run(name, workplace, folder)
            assert process.returncode == 0, process.stderr[-3000:]
            results[name] = result(folder)
        return results[name]

    return of


def assert_same(found, expected, path=''):
    """Compare weights, optimizer and schedules bit by bit."""
    if isinstance(expected, torch.Tensor):
        assert torch.equal(found, expected), path
    elif isinstance(expected, dict):
        assert list(found) == list(expected), path
        for key, value in expected.items():
            assert_same(found[key], value, f'{path}.{key}')
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected), path
        for number, pair in enumerate(zip(found, expected)):
            assert_same(*pair, f'{path}.{number}')
    else:
        assert found == expected, path


@pytest.mark.parametrize('iteration, moment, start', KILLS)
@pytest.mark.parametrize('name', CONFIGS)
def test_a_killed_training_ends_the_same(name, iteration, moment, start,
                                         workplace, through, tmp_path):
    expected = through(name)
    death = dict(iteration=iteration, moment=moment)
    process = run(name, workplace, tmp_path, death=death.items())
    killed = signal.SIGXFSZ if moment == 'write' else signal.SIGKILL
    assert process.returncode == -killed, process.stderr[-3000:]

    process = run(name, workplace, tmp_path, '--resume')
    assert process.returncode == 0, process.stderr[-3000:]
    found = result(tmp_path)
    for part in ('state_dict', 'optimizer', 'param_schedulers'):
        assert_same(found[part], expected[part], part)
    names = [f'iter_{start}.pth', f'epoch_{start // 4}.pth']
    if start:
        assert any(f'goes on from {tmp_path}/run/{file}' in process.stdout
                   for file in names)
    else:
        assert 'starts from the beginning' in process.stdout
