"""Every cell of the paper: built, counted, compared and printed."""
import csv
import json
from collections import Counter
from io import StringIO

import pytest

from protune_mm.errors import UserError
from protune_mm.reproduction import params_table
from protune_mm.reproduction.params_table import (CountedCell, count_cells,
                                                  counted_cells, counts_csv,
                                                  counts_json, counts_markdown)

# Trained parameters to the last one, by the paper's arithmetic: by table,
# host or backbone, and classes; then by method or setting.
METHODS = {
    '2': 'scratch head partial-1 partial-2 finetune protune',
    '3': 'scratch head partial-1 partial-2 finetune protune',
    '4': 'finetune head scratch protune',
    '5': 'finetune head scratch protune',
    '6': 'head finetune protune',
    '7': 'head finetune protune',
    '8': 'scratch head finetune protune protune+finetune',
    '9': 'blocks=1 blocks=2 blocks=3',
    '10': 'position=F1 position=F5 position=L1 position=L5 position=U5',
    '12': 'kernel=3 kernel=5 kernel=7'
}
COUNTS = {
    '2 resnet50 120': '23753912 245880 4708472 9171064 23753912 3858284',
    '2 resnet101 120': '42746040 245880 4708472 9171064 42746040 3858284',
    '2 regnetx_32gf 120':
    '105593080 302520 3694440 10049880 105593080 5916716',
    '3 deit_small 120': '21711864 46200 1228536 1820664 21711864 850013',
    '3 swin_small 120': '48929538 92280 2452344 4816248 48929538 1542629',
    '3 deit_base 120': '85890936 92280 4816248 7180152 85890936 3174461',
    '3 swin_base 120': '86866224 123000 4318328 8518776 86866224 2667101',
    '4 resnet50 10': '23528522 20490 23528522 3632894',
    '4 resnet50 100': '23712932 204900 23712932 3817304',
    '4 deit_small 10': '21669514 3850 21669514 807663',
    '4 deit_small 100': '21704164 38500 21704164 842313',
    '4 swin_small 10': '48844948 7690 48844948 1458039',
    '4 swin_small 100': '48914158 76900 48914158 1527249',
    '5 deit_small 200': '21742664 77000 21742664 880813',
    '5 swin_small 200': '48991058 153800 48991058 1604149',
    '5 deit_base 200': '85952456 153800 85952456 3235981',
    '5 swin_base 200': '86948224 205000 86948224 2749101',
    '6 cascade_mask_rcnn 80': '53816574 77099262 57428978',
    '6 htc 80': '56750261 80032949 60362665',
    '7 fcn 150': '26071340 49598604 29683744',
    '7 upernet 150': '42988844 66516108 46601248',
    '8 resnet50 100': '23712932 204900 23712932 3817304 27325336',
    '9 resnet50 100': '3817304 7429708 11042112',
    '10 deit_base 100': '694565 3159081 694565 3159081 3159081',
    '12 resnet50 100': '3755864 3817304 3909464'
}


def made_up(count, paper_m='57.4', slip=''):
    return CountedCell('6', 'htc', 'resnet50', 'protune', '', '80', paper_m,
                       slip, count)


@pytest.fixture(scope='module')
def cells(root):
    return count_cells(counted_cells(), root / 'configs')


def test_counts(cells):
    expected = {}
    for key, counts in COUNTS.items():
        names = METHODS[key.split()[0]].split()
        for name, count in zip(names, counts.split(), strict=True):
            expected[f'{key} {name}'] = int(count)
    found = {}
    for c in cells:
        name = c.backbone if c.host == 'classifier' else c.host
        key = (c.table, name, c.num_classes, c.setting or c.method)
        found[' '.join(key)] = c.count
    assert len(cells) == len(found)
    assert found == expected


def test_agreement_with_the_paper(cells):
    assert Counter(c.agreement for c in cells) == dict(
        equal=90, rounding=15, slip=5)
    slips = [c for c in cells if c.agreement == 'slip']
    assert [(c.table, c.backbone, c.tuning, c.paper_m, str(c.ours_m))
            for c in slips] == [
                ('4', 'deit_small', 'protune', '0.773', '0.808'),
                ('4', 'deit_small', 'protune', '0.808', '0.842'),
                ('5', 'deit_small', 'head', '0.081', '0.077'),
                ('5', 'deit_small', 'protune', '0.846', '0.881'),
                ('7', 'resnet50', 'protune', '26.7', '29.7'),
            ]
    # What the paper should have printed stands in the note.
    assert all(str(c.ours_m) in c.slip for c in slips)
    assert slips == [c for c in cells if c.slip]


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
    assert [c.table for c in counted_cells(['7'])] == ['7'] * 6
    assert counted_cells(['7',
                          '6']) == counted_cells(['6']) + counted_cells(['7'])
    assert {c.table for c in counted_cells()} == set(METHODS)
    with pytest.raises(
            UserError, match='no table 11 here: choose from 2, 3, .*10, 12'):
        counted_cells(['6', '11'])


def test_markdown(cells):
    shown = [c for c in cells if c.table in ('6', '7', '9')]
    lines = counts_markdown(shown).splitlines()
    rows = [[x.strip() for x in li.strip('|').split('|')] for li in lines[:17]]
    assert rows[0] == [
        'table', 'host', 'backbone', 'tuning', 'classes', 'paper (M)',
        'ours (M)', 'count', 'agreement'
    ]
    assert [cell[-1] == ':' for cell in rows[1]
            ] == [True, False, False, False, True, True, True, True, False]
    assert rows[7] == [
        '6', 'htc', 'resnet50', 'protune', '80', '60.4', '60.4', '60,362,665',
        'equal'
    ]
    assert rows[15][3:] == [
        'protune blocks=2', '100', '7.43', '7.43', '7,429,708', 'equal'
    ]
    assert len({len(line) for line in lines[:17]}) == 1
    assert lines[17] == '' and len(lines) == 19
    assert lines[18].startswith(
        '* Table 7, fcn, resnet50, protune, 150 classes: The paper')
    without_notes = counts_markdown(shown[:6]).splitlines()
    assert len(without_notes) == 8


def test_csv():
    assert counts_csv([made_up(57428978), made_up(57450000)]).split('\n') == [
        'table,host,backbone,method,setting,num_classes,paper_m,count,'
        'agreement', '6,htc,resnet50,protune,,80,57.4,57428978,equal',
        '6,htc,resnet50,protune,,80,57.4,57450000,different'
    ]


def test_json_has_the_keys_of_csv_and_numbers():
    cells = [made_up(80032949, '80.0')]
    record, = json.loads(counts_json(cells))
    assert list(record) == next(csv.reader(StringIO(counts_csv(cells))))
    assert record == dict(
        table=6,
        host='htc',
        backbone='resnet50',
        method='protune',
        setting='',
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
