"""tools/reproduce.py: from nothing to a table, whatever comes between."""
import csv
import subprocess
import sys
import time
from io import StringIO

import cv2
import pytest
import torch

from protune_mm.reproduction import options_tag
from tests.command_line import ROOT, environment, run_tool

TABLE8 = ('table8', '--method', 'head', 'protune', '--seeds', '1')
OPTIONS = {'train_cfg.max_epochs': 4, 'train_cfg.val_interval': 4}
SMALL = (*TABLE8, '--data', 'embedded', '--work-dir', 'runs', '--cfg-options',
         *(f'{key}={value}' for key, value in OPTIONS.items()))
# Where runs and the table of these choices and options go.
FOLDER = f'runs/{options_tag(OPTIONS)}'
RUNS = FOLDER + '/resnet18_slim/{}/digits_lt100/seed0/{}'
NAME = 'table8_{}_head+protune.{}'
SUFFIXES = ('md', 'csv', 'png')


def table(text):
    """Split the Markdown table of a text into cells."""
    lines = [line for line in text.splitlines() if line.startswith('|')]
    return [[x.strip() for x in line.strip('|').split('|')] for line in lines]


def rows(path):
    return list(csv.DictReader(StringIO(path.read_text())))


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """A part of Table 8 on embedded data: its folder and its process."""
    place = tmp_path_factory.mktemp('finished')
    process = run_tool('reproduce.py', *SMALL, cwd=place)
    assert process.returncode == 0, process.stderr[-3000:]
    return place, process


def test_table_and_picture(finished):
    place, process = finished
    assert '2 runs: 0 done, 0 interrupted, 2 to do' in process.stdout
    for text in ('[1/2] resnet18_slim, head, digits_lt100, seed 0: 100%',
                 'min left] resnet18_slim, protune, digits_lt100, seed 0:'):
        assert text in process.stderr
    assert 'and say nothing about the paper' in process.stdout
    printed = table(process.stdout)
    paths = {x: f'{FOLDER}/{NAME.format("embedded", x)}' for x in SUFFIXES}
    found = rows(place / paths['csv'])
    for line, row, method, trained, paper in zip(
            printed[2:],
            found, ('head', 'protune'), (1290, 23069), (56.1, 61.2),
            strict=True):
        assert (row['method'], row['trained'], row['paper'], row['seeds'],
                row['error']) == (method, str(trained), str(paper), '1', '')
        mean = float(row['mean'])
        assert 0 < mean < 100
        assert line == [
            'resnet18_slim', method, f'{trained / 1e6:.4f}',
            f'{mean:.1f} ({paper})'
        ]
    assert (place / paths['md']).read_text() in process.stdout
    assert cv2.imread(str(place / paths['png'])).std() > 0
    assert process.stdout.endswith(''.join(f'{x}\n' for x in paths.values()))


def test_what_is_done_stays_done(finished):
    place, process = finished
    path = place / FOLDER / NAME.format('embedded', 'csv')
    before = path.read_bytes()
    again = run_tool('reproduce.py', *SMALL, cwd=place)
    assert again.returncode == 0, again.stderr[-3000:]
    assert '2 runs: 2 done, 0 interrupted, 0 to do' in again.stdout
    assert '[1/' not in again.stderr
    assert table(again.stdout) == table(process.stdout)
    assert path.read_bytes() == before


def wait_for(process, *paths):
    """Wait until a process has written files, which are empty at first."""
    end = time.time() + 300
    while not all(path.exists() and path.read_text() for path in paths):
        assert process.poll() is None and time.time() < end
        time.sleep(0.01)


def test_a_killed_tool_ends_as_if_nothing_had_happened(finished, tmp_path):
    command = [sys.executable, ROOT / 'tools/reproduce.py', *SMALL]
    with open(tmp_path / 'log', 'w') as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment(), stdout=log, stderr=log)
        wait_for(process, tmp_path / RUNS.format('head', 'result.json'),
                 tmp_path / RUNS.format('protune', 'last_checkpoint'))
        process.kill()
        process.wait()
    assert not (tmp_path / RUNS.format('protune', 'result.json')).exists()

    again = run_tool('reproduce.py', *SMALL, cwd=tmp_path)
    assert again.returncode == 0, again.stderr[-3000:]
    assert '2 runs: 1 done, 1 interrupted, 0 to do' in again.stdout
    assert '[1/1] resnet18_slim, protune,' in again.stderr
    log = (tmp_path / RUNS.format('protune', 'train.log')).read_text()
    assert log.count('resumed epoch: ') == 1
    name = f'{FOLDER}/{NAME.format("embedded", "csv")}'
    place, _ = finished
    assert (tmp_path / name).read_bytes() == (place / name).read_bytes()
    for method in ('head', 'protune'):
        weights, expected = (
            torch.load(
                folder / RUNS.format(method, 'epoch_4.pth'),
                weights_only=False)['state_dict']
            for folder in (tmp_path, place))
        assert weights.keys() == expected.keys()
        for key, value in expected.items():
            assert torch.equal(weights[key], value), key


def test_dry_run(tmp_path):
    process = run_tool(
        'reproduce.py',
        'figure3',
        '--dataset',
        'caltech101',
        '--dry-run',
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    lines = process.stdout.splitlines()
    assert lines[0] == 'resnet50, head, shots=1, caltech101, seed 0: to do'
    for name in ('models/resnet50', 'datasets/caltech101',
                 'schedules/cnn_frozen'):
        assert f'configs/_base_/{name}.py' in lines[1]
    assert lines[2] == ('  -> work_dirs/reproduce/resnet50/head_shots=1/'
                        'caltech101/seed0')
    assert lines[-1] == '45 runs: 0 done, 0 interrupted, 45 to do'
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('arguments, sentence', [
    (('table8', '--backbone', 'resnet5'),
     'There is no backbone resnet5 in this table: choose from resnet50.'),
    (('table8', '--seeds', '0'), '--seeds 0 must be at least 1.'),
])
def test_wrong_arguments(arguments, sentence, tmp_path):
    process = run_tool('reproduce.py', *arguments, cwd=tmp_path)
    assert process.returncode == 2
    assert process.stdout == ''
    assert process.stderr.endswith(f'error: {sentence}\n')
    assert 'Traceback' not in process.stderr
    assert not list(tmp_path.iterdir())


def test_missing_data(tmp_path):
    """Every cell is tried; the table says what to download, and where to."""
    process = run_tool('reproduce.py', *TABLE8, cwd=tmp_path)
    assert process.returncode == 1
    assert 'Traceback' not in process.stderr
    for method in ('head', 'protune'):
        assert f'resnet50, {method}, cifar100_lt100, seed 0 failed: ' in \
            process.stdout
    assert [line[2:]
            for line in table(process.stdout)[2:]] == [['–', '– (56.1)'],
                                                       ['–', '– (61.2)']]
    error, = [x for x in process.stdout.splitlines() if x.startswith('* ')]
    assert error.startswith(
        '* resnet50, head, cifar100_lt100 and 1 more: The data set of '
        'train_dataloader.dataset could not be fetched ')
    assert 'unpack cifar-100-python.tar.gz of https://' in error
    assert error.endswith('in data/cifar100, or name its place with '
                          '--cfg-options train_dataloader.dataset.data_root='
                          'FOLDER.')
    place = tmp_path / 'work_dirs/reproduce'
    for row in rows(place / NAME.format('paper', 'csv')):
        assert (row['trained'], row['mean'], row['seeds']) == ('', '', '0')
        assert 'cifar-100-python.tar.gz' in row['error']
    assert (place / NAME.format('paper', 'png')).exists()
