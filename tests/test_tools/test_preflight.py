"""tools/preflight.py: what a training will need, without its data."""
import pytest

from tests.command_line import run_tool
from tests.slim_configs import DEMO, HTC, UPERNET, slim_vit


def rows(text):
    """Cells of the lines of all tables, by their names."""
    lines = [
        line.split('│')[1:-1] for line in text.splitlines() if '│' in line
    ]
    return {
        cells[0].strip(): [x.strip() for x in cells[1:]]
        for cells in lines
    }


@pytest.mark.parametrize(
    'config', [
        HTC, UPERNET, DEMO / 'cascade_mask_rcnn_protune_r18_digits.py',
        DEMO / 'fcn_protune_r18_digits.py'
    ],
    ids=lambda x: x.stem)
def test_told_and_measured(config, tmp_path):
    process = run_tool(
        'preflight.py', config, '--batch', 2, '--measure', 'all', cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    found = rows(process.stdout)
    assert {'prompts', 'backbone', 'total'} <= set(found)
    ways = [name for name in found if 'tuning' in name or 'training' in name]
    assert len(ways) == 5 and 'Pro-tuning lean *' in ways
    for way in ways:
        assert abs(float(found[way][5].split()[0])) <= 10, way
    assert not list(tmp_path.iterdir())


def test_lean_heads(tmp_path):
    process = run_tool(
        'preflight.py',
        HTC,
        '--measure',
        '--heads',
        'leanest',
        '--budget',
        '8GiB',
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    own = rows(process.stdout)['Pro-tuning lean, heads leanest *']
    assert float(own[2]) < .6
    assert abs(float(own[5].split()[0])) <= 10
    assert "fits with memory='plain'" in process.stdout


def test_a_classifier_as_it_is(tmp_path):
    slim_vit().dump(tmp_path / 'vit.py')
    process = run_tool(
        'preflight.py',
        tmp_path / 'vit.py',
        '--measure',
        '--budget',
        '1GiB',
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    found = rows(process.stdout)
    assert abs(float(found['as configured *'][5].split()[0])) <= 10
    assert 'fits as configured' in process.stdout
    assert 'Pro-tuning' not in process.stdout


def test_a_budget(tmp_path):
    process = run_tool(
        'preflight.py',
        HTC,
        '--batch',
        1000,
        '--budget',
        '100MB',
        '--size',
        64,
        96,
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    assert 'A step of 1000 images of 64 x 96 pixels' in process.stdout
    assert 'the batch of 1000 does not fit; ' in process.stdout


@pytest.mark.parametrize('config, options, words', [
    (HTC, ['--budget', 'much'], 'much is no amount of memory'),
    (HTC, ['--batch', -1], '--batch -1 is too small'),
    (HTC, ['--size', 0, 9], '--size 0 9 is too small'),
    (DEMO / 'resnet18_slim_letters.py', [], 'give --size HEIGHT WIDTH'),
    (UPERNET, ['--batch', 1, '--measure'], 'give --batch 2 or more'),
    (HTC, ['--cfg-options', 'model.backbone.tuning=all'], "tuning='all'"),
    ('missing.py', [], 'There is no config at missing.py'),
])
def test_bad_arguments(config, options, words, tmp_path):
    process = run_tool('preflight.py', config, *options, cwd=tmp_path)
    assert process.returncode == 2
    assert words in process.stderr and 'Traceback' not in process.stderr
