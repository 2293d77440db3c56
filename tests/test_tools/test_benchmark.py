"""tools/benchmark.py: a table, a file and a picture."""
import csv

import cv2
import pytest

from tests.command_line import run_tool
from tests.slim_configs import DEMO, HTC, UPERNET

SMALL = ['--rounds', 1, '--size', 64, 64]


def test_results(tmp_path):
    process = run_tool(
        'benchmark.py',
        UPERNET,
        '--batch',
        2,
        '--heads',
        'lean',
        *SMALL,
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    for words in ('backbone', 'model', 'Pro-tuning leanest, heads lean',
                  'exact gradients', '2 images of 64 x 64 pixels', 'folded'):
        assert words in process.stdout
    folder = tmp_path / f'work_dirs/benchmark_{UPERNET.stem}'
    with open(folder / 'benchmark.csv') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10
    assert all(
        float(row[time]) > 0 for row in rows
        for time in ('step_s', 'folded_s'))
    assert {row['images'] for row in rows} == {'2'}
    assert cv2.imread(str(folder / 'benchmark.png')).std() > 0


def test_a_part_in_mixed_precision(tmp_path):
    process = run_tool(
        'benchmark.py',
        HTC,
        '--part',
        'backbone',
        '--dtype',
        'bfloat16',
        '--threads',
        1,
        '--work-dir',
        tmp_path / 'here',
        *SMALL,
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    text = (tmp_path / 'here/benchmark.csv').read_text()
    assert text.count('bfloat16') == 5 and 'model' not in text


@pytest.mark.parametrize('options, words', [
    (['--rounds', 0], 'rounds=0 is too small; give 1 or more'),
    (['--threads', 0], 'threads=0 is too small; give 1 or more'),
    (['--batch', 0], '--batch 0 is too small'),
    (['--device', 'cuda:99'], '--device cuda:99 is not there'),
    (['--peer', 'memsave_torch'], 'needs that package: pip install'),
])
def test_bad_arguments(options, words, tmp_path):
    process = run_tool('benchmark.py', HTC, *options, cwd=tmp_path)
    assert process.returncode == 2
    assert process.stderr.splitlines()[-1].startswith('error: ')
    assert words in process.stderr and 'Traceback' not in process.stderr
    assert not list(tmp_path.iterdir())


def test_a_stock_backbone(tmp_path):
    process = run_tool(
        'benchmark.py', DEMO / 'vit_slim_letters.py', cwd=tmp_path)
    assert process.returncode == 2 and 'knows one way' in process.stderr
