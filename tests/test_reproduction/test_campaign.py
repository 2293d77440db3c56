"""Runs of cells: planned, trained once each, collected."""
import fcntl
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from protune_mm.apis.experiment import prepare_run, read_result
from protune_mm.reproduction import (collect, execute, options_tag, overview,
                                     plan)
from protune_mm.reproduction.cells import Cell
from tests.command_line import ROOT, environment, free_port

CONFIGS = ROOT / 'configs'
HEAD = Cell('8', 'classifier', 'resnet18_slim', 'head', '', 'digits', 56.1)
# A training of a second.
OPTIONS = {
    'train_cfg.max_epochs': 1,
    'train_dataloader.dataset.split': 'test',
    'train_dataloader.dataset.indices': 32,
    'val_dataloader.dataset.indices': 32
}


def plan_small(cells, work_dir, seeds=1, **options):
    return plan(cells, seeds, CONFIGS, work_dir, {**OPTIONS, **options})


def record(run, metrics, trained=10):
    """Write what a finished run leaves."""
    key = prepare_run(run.cfg).custom_hooks[-1].fingerprint
    folder = Path(run.cfg.work_dir)
    (folder / 'x.pth').touch()
    (folder / 'result.json').write_text(
        json.dumps(
            dict(
                fingerprint=key,
                metrics=metrics,
                parameters=[['head', 3, 0], ['total', trained, 5]],
                checkpoint=str(folder / 'x.pth'))))


def test_plan(tmp_path):
    ablation = replace(HEAD, method='protune', setting='blocks=2')
    dense = replace(HEAD, host='fcn')
    runs = plan_small([HEAD, ablation, dense], tmp_path, seeds=2)
    assert [(run.cell, run.seed, run.cfg.randomness.seed)
            for run in runs] == [(cell, seed, seed)
                                 for cell in (HEAD, ablation, dense)
                                 for seed in (0, 1)]
    # Runs with other options are kept apart.
    root = tmp_path / options_tag(OPTIONS)
    assert [os.path.relpath(run.cfg.work_dir, root) for run in runs[::2]] == [
        'resnet18_slim/head/digits/seed0',
        'resnet18_slim/protune_blocks=2/digits/seed0',
        'fcn/resnet18_slim/head/digits/seed0'
    ]
    assert [run.title for run in runs[1::2]] == [
        'resnet18_slim, head, digits, seed 1',
        'resnet18_slim, protune, blocks=2, digits, seed 1',
        'fcn, resnet18_slim, head, digits, seed 1'
    ]
    assert runs[0].cfg.train_cfg.max_epochs == 1


def test_a_failing_run_does_not_stop_the_rest(tmp_path, capsys):
    bad = replace(HEAD, method='partial-1')
    runs = [
        *plan_small([bad], tmp_path, **
                    {'optim_wrapper.optimizer.type': 'None'}),
        *plan_small([HEAD], tmp_path, seeds=2)
    ]
    seen = []
    errors = execute(runs, after=lambda now: seen.append(dict(now)))
    assert list(errors) == [runs[0].cfg.work_dir]
    assert 'None' in errors[runs[0].cfg.work_dir]
    assert seen == [errors] * 3
    out, err = capsys.readouterr()
    assert 'partial-1, digits, seed 0 failed: ' in out
    assert '[2/3, about' in err and 'head, digits, seed 1' in err
    assert [run.state for run in runs] == ['to do', 'done', 'done']

    failed, finished = collect(runs, errors)
    assert failed.cell == bad and failed.trained is None
    assert failed.values == () and failed.error in errors.values()
    assert finished.cell == HEAD and finished.error == ''
    assert finished.trained == 128 * 10 + 10
    assert finished.values == tuple(
        read_result(run.cfg)['metrics']['accuracy/top1'] for run in runs[1:])

    seen.clear()
    assert execute(runs, after=seen.append) == errors
    assert len(seen) == 1  # the others are not repeated


def test_equal_runs_of_two_tables_are_one(tmp_path, capsys):
    first = replace(HEAD, method='protune', paper=1.)
    second = replace(first, table='9', setting='blocks=1', paper=2.)
    runs = plan_small([first, second], tmp_path)
    assert overview(runs, CONFIGS).startswith('1 runs: 0 done')
    assert execute(runs) == {}
    assert '[1/1] ' in capsys.readouterr().err
    outcomes = collect(runs, {})
    assert [o.cell for o in outcomes] == [first, second]
    assert outcomes[0].values == outcomes[1].values != ()


def test_the_user_can_stop_it(tmp_path, monkeypatch):

    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr('protune_mm.reproduction.campaign.run_experiment',
                        stop)
    with pytest.raises(KeyboardInterrupt):
        execute(plan_small([HEAD], tmp_path))


def test_states(tmp_path):
    runs = plan_small([HEAD], tmp_path, seeds=3)
    other, = plan_small([HEAD], tmp_path, **{'train_cfg.max_epochs': 2})
    for run in runs[:2]:
        prepare_run(run.cfg)
        checkpoint = Path(run.cfg.work_dir, 'epoch_1.pth')
        torch.save(
            dict(
                state_dict={'x': torch.ones(1)},
                optimizer={},
                message_hub={},
                meta=dict(epoch=1, iter=1)), checkpoint)
        Path(run.cfg.work_dir, 'last_checkpoint').write_text(str(checkpoint))
    assert [x.state for x in runs] == ['interrupted', 'interrupted', 'to do']
    assert other.state == 'to do'  # it would not go on from that checkpoint
    record(runs[0], {'accuracy/top1': 50.})
    assert runs[0].state == 'done' and other.state == 'to do'
    counts = '3 runs: 1 done, 1 interrupted, 1 to do'
    assert overview(runs, CONFIGS) == counts
    lines = overview(runs, CONFIGS, full=True).splitlines()
    assert lines[-1] == counts and len(lines) == 3 * 3 + 1
    assert lines[3] == 'resnet18_slim, head, digits, seed 1: interrupted'
    assert [Path(x).stem for x in lines[4].split(' + ')] == [
        'resnet18_slim', 'digits', 'slim_frozen', 'head', 'classification'
    ]
    assert lines[5] == f'  -> {runs[1].cfg.work_dir}'


@pytest.mark.parametrize(
    'metrics, value',
    [
        ({}, 0.),  # of a detector that finds nothing
        ({
            'single-label/recall': 40.,
            'accuracy/top1': 50.
        }, 50.),
        ({
            'corruption/standard': 70.,
            'corruption/mean': 60.
        }, 60.),
        ({
            'coco/segm_mAP': 0.3,
            'coco/bbox_mAP': 0.4
        }, 40.),
        ({
            'aAcc': 80.,
            'mIoU': 30.
        }, 30.),
    ])
def test_collect_takes_what_the_paper_prints(metrics, value, tmp_path):
    runs = plan_small([HEAD], tmp_path, seeds=2)
    record(runs[1], metrics)
    outcome, = collect(runs, {runs[0].cfg.work_dir: 'No room.'})
    assert outcome.values == (pytest.approx(value), )
    assert (outcome.trained, outcome.error) == (10, 'No room.')


def test_several_processes(tmp_path, monkeypatch):
    monkeypatch.setenv('PORT', free_port())
    runs = plan_small([HEAD], tmp_path,
                      **{'train_dataloader.dataset.indices': 64})
    assert execute(runs, gpus=2) == {}
    outcome, = collect(runs, {})
    assert outcome.trained == 128 * 10 + 10 and len(outcome.values) == 1
    log = Path(runs[0].cfg.work_dir, 'train.log').read_text()
    # As many as one process would need: 64 images, 32 a batch.
    assert 'Epoch(train) [1][2/2]' in log


def test_an_error_in_several_processes_points_to_the_log(
        tmp_path, monkeypatch):
    monkeypatch.setenv('PORT', 'none')
    runs = plan_small([HEAD], tmp_path)
    errors = execute(runs, gpus=2)
    log = Path(runs[0].cfg.work_dir, 'train.log')
    assert errors == {
        runs[0].cfg.work_dir: f'The training failed: see the end of {log}.'
    }
    assert 'port' in log.read_text()


def test_a_run_that_another_process_trains_is_left_alone(tmp_path, capsys):
    run, = plan_small([HEAD], tmp_path)
    Path(run.cfg.work_dir).mkdir(parents=True)
    with open(Path(run.cfg.work_dir, 'lock'), 'w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        errors = execute([run])
    assert errors == {}  # nothing failed
    assert 'another process is training this run' in capsys.readouterr().out
    assert not Path(run.cfg.work_dir, 'train.log').exists()


def test_a_batch_that_cannot_be_shared_is_refused(tmp_path):
    run, = plan_small([HEAD], tmp_path)
    errors = execute([run], gpus=3)
    assert 'A batch of 32 images cannot be shared by --gpus 3' in errors[
        run.cfg.work_dir]


def test_without_its_checkpoint_a_run_is_still_done(tmp_path):
    run, = plan_small([HEAD], tmp_path)
    record(run, {'accuracy/top1': 50.})
    Path(run.cfg.work_dir, 'x.pth').unlink()
    assert run.state == 'done'
    assert collect([run], {})[0].values == (50., )


def test_terminated_with_all_its_processes(tmp_path):
    """As a scheduler does it, which must not leave workers behind."""
    command = [
        sys.executable, ROOT / 'tools/reproduce.py', 'table8', '--data',
        'embedded', '--method', 'head', '--seeds', '1', '--gpus', '2',
        '--cfg-options', 'train_cfg.max_epochs=1000'
    ]
    env = environment(OMP_NUM_THREADS='1', PORT=free_port())
    with subprocess.Popen(command, cwd=tmp_path, env=env) as process:
        while not list(tmp_path.rglob('last_checkpoint')):
            assert process.poll() is None
            time.sleep(0.2)
        process.terminate()
        assert process.wait(60) == 143
    log, = tmp_path.rglob('train.log')
    size = log.stat().st_size
    time.sleep(2)
    assert log.stat().st_size == size
