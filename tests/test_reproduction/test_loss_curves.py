"""Curves of training losses: read, compared, drawn."""
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib.colors import to_hex

from protune_mm.reproduction import Cell, plan
from protune_mm.reproduction.loss_curves import (Curve, draw_losses,
                                                 loss_curves, loss_table,
                                                 losses_figure, read_losses)
from protune_mm.reproduction.panels import STYLES
from tests.command_line import ROOT

PLACE = ('vit_slim', 'digits')


def write_log(folder, time, losses, first=1):
    """Write a log as mmengine does, of a run that starts at an iteration."""
    path = Path(folder, time, 'vis_data')
    path.mkdir(parents=True)
    lines = [
        dict(lr=0.1, loss=loss, iter=step, step=step)
        for step, loss in enumerate(losses, first)
    ]
    lines.append({'accuracy/top1': 50., 'step': 1})
    (path / 'scalars.json').write_text('\n'.join(map(json.dumps, lines)))


def constant(*losses, steps=60):
    """Curves that fall at once, at an iteration each."""
    return Curve(np.arange(1, steps + 1), np.array(losses))


def falling(at, seeds=1):
    """A loss of 2, and of 1 from an iteration on."""
    losses = np.where(np.arange(1, 61) < at, 2., 1.)
    return constant(*[losses] * seeds)


def test_a_log_is_read(tmp_path):
    write_log(tmp_path, '20260101_000000', [3., 2., 1.])
    assert read_losses(tmp_path) == {1: 3., 2: 2., 3: 1.}
    assert read_losses(tmp_path / 'nowhere') == {}


def test_a_line_that_a_kill_has_cut(tmp_path):
    write_log(tmp_path, '20260101_000000', [3., 2.])
    with open(tmp_path / '20260101_000000/vis_data/scalars.json', 'a') as log:
        log.write('\n{"lr": 0.1, "lo')
    assert read_losses(tmp_path) == {1: 3., 2: 2.}


def test_resumed_parts_are_joined(tmp_path):
    write_log(tmp_path, '20260101_000000', [5., 4., 3., 2.])
    # From the checkpoint of the second iteration, and killed at once.
    write_log(tmp_path, '20260101_000001', [2.5], first=3)
    write_log(tmp_path, '20260101_000002', [])
    assert read_losses(tmp_path) == {1: 5., 2: 4., 3: 2.5}
    # Begun anew, as after a change of the config.
    write_log(tmp_path, '20260101_000003', [1., 1.5])
    assert read_losses(tmp_path) == {1: 1., 2: 1.5}


def test_means_are_of_the_last_iterations():
    curve = constant(np.arange(1., 61.), np.arange(3., 63.))
    assert curve.smooth.shape == (2, 60)
    assert curve.smooth[0, 0] == 1. and curve.smooth[0, 3] == 2.5
    assert curve.smooth[0, -1] == pytest.approx(np.arange(41, 61).mean())
    assert curve.end == pytest.approx(51.5)
    assert curve.start == pytest.approx(6.5)
    # With a log of every twentieth iteration, what there is.
    sparse = Curve(np.arange(20, 121, 20), np.array([[6., 5, 4, 3, 2, 1]]))
    assert (sparse.start, sparse.end) == (6., 1.)


def test_how_soon_a_method_is_where_another_ends():
    curves = {
        PLACE: {
            'vpt-deep': falling(51),
            'spt-deep': falling(11),
            'spt-shallow': constant([1.] * 60)
        },
        ('vit_slim', 'cub'): {
            'vpt-deep': constant([4.] * 60)
        }
    }
    table, legend = loss_table(curves).split('\n\n')
    rows = [[x.strip() for x in line.strip('|').split('|')]
            for line in table.splitlines()]
    assert rows[0][2:] == [
        'tuning', 'loss of the first 10', 'at the end', 'level',
        'iterations to it'
    ]
    # Half of the last twenty of the slowest are at 1.
    assert rows[2:] == [
        [*PLACE, 'vpt-deep', '2.000', '1.500', '1.500', '60'],
        [*PLACE, 'spt-deep', '2.000', '1.000', '1.500', '20'],
        [*PLACE, 'spt-shallow', '1.000', '1.000', '1.500', '1'],
        ['vit_slim', 'cub', 'vpt-deep', '4.000', '4.000', '4.000', '1'],
    ]
    assert 'highest loss at the end' in legend


def test_curves_of_runs(tmp_path, monkeypatch):
    cells = [
        Cell('fgvc', 'classifier', 'vit_slim', method, '', 'digits')
        for method in ('spt-deep', 'vpt-deep', 'head', 'vpt-shallow')
    ]
    runs = plan(cells, 2, ROOT / 'configs', tmp_path)
    unfinished = runs[3].cfg.work_dir
    monkeypatch.setattr('protune_mm.reproduction.campaign.read_result',
                        lambda cfg: cfg.work_dir != unfinished)
    for run in runs[:6]:  # of the last method there are no logs
        write_log(run.cfg.work_dir, '20260101_000000',
                  [3. + run.seed, 2. + run.seed, 1.][:3 - run.seed])
    curves = loss_curves(runs)
    assert list(curves) == [PLACE]
    # Only prompts, in the order of the methods.
    assert list(curves[PLACE]) == ['vpt-deep', 'spt-deep']
    vpt, spt = curves[PLACE].values()
    assert vpt.losses.tolist() == [[3., 2., 1.]]
    # What both seeds have.
    assert spt.steps.tolist() == [1, 2]
    assert spt.losses.tolist() == [[3., 2.], [4., 3.]]


def test_picture(tmp_path):
    methods = {
        'vpt-deep': constant(np.full(60, 1.), np.full(60, 3.)),
        'spt-deep': falling(11)
    }
    figure = losses_figure({PLACE: methods, ('vit_slim', 'cub'): methods})
    assert [x.get_title()
            for x in figure.axes] == ['vit_slim, digits', 'vit_slim, cub']
    axes = figure.axes[0]
    for line, method in zip(axes.get_lines(), methods, strict=True):
        np.testing.assert_allclose(line.get_ydata(),
                                   methods[method].smooth.mean(axis=0))
        assert to_hex(line.get_color()) == STYLES[method]['color'].lower()
    band, = axes.collections  # two seeds
    extent = band.get_paths()[0].get_extents()
    assert (extent.y0, extent.y1) == pytest.approx((2 - 2**0.5, 2 + 2**0.5))
    assert [x.get_text() for x in figure.legends[0].get_texts()
            ] == ['VPT-deep', 'SPT-deep']
    assert draw_losses({}, tmp_path / 'x.png') is None
    path = draw_losses({PLACE: methods}, tmp_path / 'x.png')
    assert cv2.imread(str(path)).std() > 0
