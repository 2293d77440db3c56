"""Methods side by side: from cells to files."""
import json
from dataclasses import replace
from pathlib import Path

from protune_mm.apis.experiment import prepare_run
from protune_mm.reproduction import collect
from protune_mm.reproduction.cells import Outcome
from protune_mm.reproduction.method_cells import TASKS, embedded_method_cells
from protune_mm.reproduction.study import Study, estimate
from protune_mm.reproduction.sweep import plan_chosen, plan_sweep
from tests.command_line import ROOT

CELL, = [
    cell for cell in embedded_method_cells()
    if (cell.dataset, cell.method) == ('digits_ade20k', 'lora')
]
CELLS = [CELL, replace(CELL, method='bitfit', setting='')]


def finish_run(run, monkeypatch):
    """Write what a finished run leaves."""
    monkeypatch.setattr('protune_mm.apis.experiment.preflight',
                        lambda cfg: None)
    key = prepare_run(run.cfg).custom_hooks[-1].fingerprint
    Path(run.cfg.work_dir, 'result.json').write_text(
        json.dumps(
            dict(
                fingerprint=key,
                metrics=dict(mIoU=40.),
                minutes=1.5,
                parameters=[['backbone', 0, 9], ['lora', 8, 0],
                            ['decode_head', 3, 0], ['total', 11, 9]],
                checkpoint='x.pth')))


def test_files(tmp_path, monkeypatch, capsys):
    trials = plan_sweep(CELLS, ROOT / 'configs', tmp_path)
    best = {CELL: trials[1], CELLS[1]: trials[3]}
    runs = plan_chosen(best, 1, ROOT / 'configs', tmp_path)
    assert 'swept_lr0.002_wd0.01' in runs[0].cfg.work_dir
    # The whole training set, and the test images.
    assert 'indices' not in runs[0].cfg.train_dataloader.dataset
    finish_run(runs[0], monkeypatch)
    study = Study('methods', runs, best, tmp_path / 'methods', embedded=True)
    study.finish(collect(runs, {}), trials)
    out = capsys.readouterr().out
    assert 'Trainings took 1.5 minutes in all' in out
    rows = (tmp_path / 'methods.csv').read_text().splitlines()
    assert ',lora,"rank=4,targets=all",digits_ade20k,0.002,8,11,40.0' in \
        rows[1]
    assert 'bitfit' in rows[2]
    assert (tmp_path / 'methods.png').exists()
    assert ' 40.0 |' in (tmp_path / 'methods.md').read_text()


def test_nothing_has_run(tmp_path, capsys):
    outcomes = [Outcome(CELL, error='No room.')]
    Study(
        'methods', [], {}, tmp_path / 'x', embedded=True).finish(outcomes, [])
    assert 'No room.' in capsys.readouterr().out
    assert not (tmp_path / 'x.png').exists()


def test_estimate(tmp_path):
    trials = plan_sweep(CELLS, ROOT / 'configs', tmp_path)
    planned = [trial.run for trial in trials]
    seconds = TASKS['digits_ade20k'].seconds
    # Two cells, five rates and four seeds.
    minutes = 2 * (5 + 4) * seconds / 60 / 2
    assert f'About {minutes:.0f} minutes' in estimate(planned, CELLS, 4, 2)
