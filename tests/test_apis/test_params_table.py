"""Every cell of the paper: built, counted, compared and printed."""
import csv
import json
from io import StringIO

import pytest

from protune_mm.apis import params_table
from protune_mm.apis.params_table import (Cell, count_cells, paper_cells,
                                          to_csv, to_json, to_markdown)
from protune_mm.errors import UserError

# Trained parameters of ResNet-50 in each host, to the last one. The four
# blocks of protune are 3,612,404 of them everywhere.
COUNTS = dict(
    cascade_mask_rcnn=dict(head=53816574, finetune=77099262, protune=57428978),
    htc=dict(head=56750261, finetune=80032949, protune=60362665),
    fcn=dict(head=26071340, finetune=49598604, protune=29683744),
    upernet=dict(head=42988844, finetune=66516108, protune=46601248))


def made_up(count, paper_m='57.4', slip=''):
    return Cell('6', 'htc', 'resnet50', 'protune', '80', paper_m, slip, count)


@pytest.fixture(scope='module')
def cells(root):
    return count_cells(paper_cells(), root / 'configs')


@pytest.mark.parametrize('host', COUNTS)
def test_counts(cells, host):
    assert COUNTS[host] == {c.method: c.count for c in cells if c.host == host}


def test_only_the_slip_disagrees(cells):
    assert len(cells) == 12
    others = [cell for cell in cells if cell.agreement != 'equal']
    assert [(c.host, c.method, c.paper_m, str(c.ours_m), c.agreement)
            for c in others] == [('fcn', 'protune', '26.7', '29.7', 'slip')]
    assert '29.7' in others[0].slip


@pytest.mark.parametrize('count, paper_m, slip, agreement', [
    (57428978, '57.4', '', 'equal'),
    (57450000, '57.5', '', 'equal'),
    (57350000, '57.4', '', 'equal'),
    (57449999, '57.4', 'a slip', 'equal'),
    (57450000, '57.4', '', 'different'),
    (3162100, '3.17', '', 'rounding'),
    (3159000, '3.17', '', 'rounding'),
    (3181000, '3.17', '', 'rounding'),
    (3158999, '3.17', '', 'different'),
    (3181001, '3.17', '', 'different'),
    (29683744, '26.7', 'a slip', 'slip'),
    (29683744, '26.7', '', 'different'),
    (3817304, '3.823', '', 'rounding'),
])
def test_agreement(count, paper_m, slip, agreement):
    assert made_up(count, paper_m, slip).agreement == agreement


def test_tables_are_chosen_in_the_order_of_the_paper():
    assert [c.table for c in paper_cells(['7'])] == ['7'] * 6
    assert paper_cells(['7', '6']) == paper_cells()
    with pytest.raises(UserError, match='no table 99 here: choose from 6, 7'):
        paper_cells(['6', '99'])


def test_markdown(cells):
    lines = to_markdown(cells).splitlines()
    rows = [[x.strip() for x in li.strip('|').split('|')] for li in lines[:14]]
    assert rows[0] == [
        'table', 'host', 'backbone', 'tuning', 'classes', 'paper (M)',
        'ours (M)', 'count', 'agreement'
    ]
    assert [cell[-1] == ':' for cell in rows[1]
            ] == [True, False, False, False, True, True, True, True, False]
    assert rows[6] == [
        '6', 'htc', 'resnet50', 'finetune', '80', '80.0', '80.0', '80,032,949',
        'equal'
    ]
    assert len({len(line) for line in lines[:14]}) == 1
    assert lines[14] == '' and len(lines) == 16
    assert lines[15].startswith('* Table 7, fcn, resnet50, protune: The paper')
    without_notes = to_markdown(cells[:6]).splitlines()
    assert len(without_notes) == 8


def test_csv():
    assert to_csv([made_up(57428978), made_up(57450000)]).split('\n') == [
        'table,host,backbone,method,num_classes,paper_m,count,agreement',
        '6,htc,resnet50,protune,80,57.4,57428978,equal',
        '6,htc,resnet50,protune,80,57.4,57450000,different'
    ]


def test_json_has_the_keys_of_csv_and_numbers():
    cells = [made_up(80032949, '80.0')]
    record, = json.loads(to_json(cells))
    assert list(record) == next(csv.reader(StringIO(to_csv(cells))))
    assert record == dict(
        table=6,
        host='htc',
        backbone='resnet50',
        method='protune',
        num_classes=80,
        paper_m=80.0,
        count=80032949,
        agreement='equal')


def test_standard_output_stays_empty(monkeypatch, capsys):

    def talkative(*args):
        print('a host greets')
        return params_table.nn.Linear(2, 3)

    monkeypatch.setattr(params_table, 'build_model', talkative)
    cell, = count_cells([made_up(None)], 'anywhere')
    assert cell.count == 9
    out, err = capsys.readouterr()
    assert out == '' and '1/1' in err


def test_config_not_there(tmp_path):
    with pytest.raises(UserError, match='htc_protune_r50_coco.py'):
        count_cells([made_up(None)], tmp_path)
