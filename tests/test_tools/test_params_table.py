"""tools/params_table.py: what it prints, and its status."""
import csv
import importlib.util
import sys
from io import StringIO

import pytest

from protune_mm.reproduction.method_counts import MethodCount
from protune_mm.reproduction.params_table import CountedCell
from tests.command_line import ROOT, run_tool

TOOL = ROOT / 'tools/params_table.py'


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location('params_table', TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_output_can_be_piped(tmp_path):
    process = run_tool(
        'params_table.py', '--table', 7, '--format', 'csv', cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    rows = list(csv.DictReader(StringIO(process.stdout)))
    assert [(r['host'], r['method'], r['agreement']) for r in rows] == [
        ('fcn', 'head', 'equal'),
        ('fcn', 'finetune', 'equal'),
        ('fcn', 'protune', 'slip'),
        ('upernet', 'head', 'equal'),
        ('upernet', 'finetune', 'equal'),
        ('upernet', 'protune', 'equal'),
    ]
    assert '6/6' in process.stderr
    assert not list(tmp_path.iterdir())


def test_prompt_tokens(tool, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['params_table.py', '--tokens'])
    tool.main()
    row = '| swin-base  | deep    |       1 |  12,032 |  12,032 |'
    assert row in capsys.readouterr().out


@pytest.mark.parametrize('count, status, agreement', [
    (184320, 0, 'equal'),
    (184321, 1, 'different'),
])
def test_methods(count, status, agreement, tool, monkeypatch, capsys):
    row = MethodCount('ViT-B', 'PromptTokens, 20', 184320, count, 85798656)
    monkeypatch.setattr(sys, 'argv', ['params_table.py', '--methods'])
    monkeypatch.setattr(tool.method_counts, 'count_methods', lambda: [row])
    with pytest.raises(SystemExit) as stop:
        tool.main()
    assert stop.value.code == status
    out = capsys.readouterr().out
    assert f'| {count:,} |' in out and agreement in out


def test_table_not_there(tool, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['params_table.py', '--table', '99'])
    with pytest.raises(SystemExit) as stop:
        tool.main()
    out, err = capsys.readouterr()
    assert stop.value.code == 2 and out == ''
    assert err == ('error: There is no table 99 here: choose from 2, 3, 4, 5, '
                   '6, 7, 8, 9, 10, 12.\n')


def test_status_tells_of_a_difference(tool, monkeypatch, capsys):
    cell = CountedCell(
        '6', 'htc', 'resnet50', 'protune', '', '80', '57.4', count=1)
    monkeypatch.setattr(sys, 'argv', ['params_table.py'])
    monkeypatch.setattr(tool, 'count_cells', lambda *args: [cell])
    with pytest.raises(SystemExit) as stop:
        tool.main()
    assert stop.value.code == 1
    assert 'different' in capsys.readouterr().out
