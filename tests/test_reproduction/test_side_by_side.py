"""Trainings at the same time: what each needs, and what becomes of them."""
import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from protune_mm.apis.experiment import read_result
from protune_mm.reproduction import collect, execute, side_by_side
from tests.command_line import ROOT, environment
from tests.test_reproduction.test_campaign import HEAD, plan_small


def test_results_are_those_of_one_after_another(tmp_path, capsys):
    bad = plan_small([HEAD], tmp_path / 'bad',
                     **{'optim_wrapper.optimizer.type': 'None'})
    runs = [*bad, *plan_small([HEAD], tmp_path / 'two', seeds=2)]
    seen = []
    errors = execute(runs, after=lambda now: seen.append(dict(now)), jobs=2)
    log = Path(bad[0].cfg.work_dir, 'train.log')
    assert errors == {
        bad[0].cfg.work_dir: f'The training failed: see the end of {log}.'
    }
    assert 'None' in log.read_text()
    assert len(seen) == 3 and seen[-1] == errors
    out = capsys.readouterr().out
    assert '[3/3, about 0 min left] ' in out and ': done' in out
    assert [run.state for run in runs] == ['to do', 'done', 'done']
    assert execute(runs[1:], jobs=2) == {}  # nothing is left

    alone = plan_small([HEAD], tmp_path / 'one')
    assert execute(alone) == {}
    assert read_result(runs[1].cfg)['metrics'] == read_result(
        alone[0].cfg)['metrics']
    assert collect(runs[1:], {})[0].trained == 1290


def test_at_most_so_many_at_once_and_their_threads(tmp_path, monkeypatch):
    runs = plan_small([HEAD], tmp_path, seeds=3)
    threads, alive = [], []

    class Process(subprocess.Popen):

        def __init__(self, command, env, **kwargs):
            threads.append(env['OMP_NUM_THREADS'])
            super().__init__(['sleep', '0.5'], env=env, **kwargs)
            alive.append(self)
            assert sum(x.poll() is None for x in alive) <= 2

    monkeypatch.setattr(side_by_side.subprocess, 'Popen', Process)
    monkeypatch.setattr(os, 'sched_getaffinity', lambda pid: set(range(8)))
    execute(runs, jobs=2)
    assert threads == ['4'] * 3


def test_a_run_that_another_process_trains_is_left_alone(tmp_path, capsys):
    run, = plan_small([HEAD], tmp_path)
    Path(run.cfg.work_dir).mkdir(parents=True)
    with open(Path(run.cfg.work_dir, 'lock'), 'w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert execute([run], jobs=2) == {}
    assert 'another process is training this run' in capsys.readouterr().out
    assert not Path(run.cfg.work_dir, 'train.log').exists()


def test_what_stops_it_stops_the_trainings(tmp_path, monkeypatch):
    started = []

    class Process(subprocess.Popen):

        def __init__(self, command, **kwargs):
            super().__init__(['sleep', '60'], **kwargs)
            started.append(self)

    def stop(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(side_by_side.subprocess, 'Popen', Process)
    monkeypatch.setattr(side_by_side, 'sleep', stop)
    runs = plan_small([HEAD], tmp_path, seeds=3)
    with pytest.raises(KeyboardInterrupt):
        execute(runs, jobs=2)
    assert len(started) == 2
    assert all(process.returncode for process in started)
    for run in runs:  # nobody holds a lock
        with side_by_side.run_lock(run.cfg.work_dir):
            pass


def test_terminated_with_all_its_processes(tmp_path):
    """As a scheduler does it, which must not leave trainings behind."""
    command = [
        sys.executable, ROOT / 'tools/reproduce.py', 'table8', '--data',
        'embedded', '--method', 'head', '--seeds', '2', '--jobs', '2',
        '--cfg-options', 'train_cfg.max_epochs=1000'
    ]
    env = environment(OMP_NUM_THREADS='1')
    with subprocess.Popen(command, cwd=tmp_path, env=env) as process:
        while len(list(tmp_path.rglob('last_checkpoint'))) < 2:
            assert process.poll() is None
            time.sleep(0.2)
        process.terminate()
        assert process.wait(60) == 143
    logs = list(tmp_path.rglob('train.log'))
    sizes = [log.stat().st_size for log in logs]
    time.sleep(2)
    assert len(logs) == 2
    assert [log.stat().st_size for log in logs] == sizes
