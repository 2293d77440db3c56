"""Results beside the paper's: what is printed."""
import csv
from io import StringIO

import pytest

from protune_mm.reproduction.cells import Outcome, paper_cells, select
from protune_mm.reproduction.prompt_cells import GROUPS, prompt_cells
from protune_mm.reproduction.results_table import to_csv, to_markdown


def grid(text):
    """Split the table of a text into cells."""
    lines = text.split('\n\n')[0].splitlines()
    assert len({len(line) for line in lines}) == 1
    return [[x.strip() for x in line.strip('|').split('|')] for line in lines]


def kernels():
    """Give two datasets, three settings: some run, some failed."""
    cells = paper_cells('12')
    error = 'Nowhere is room.'
    return [
        Outcome(cells[0], 3_700_000, (83.0, 83.4)),
        Outcome(cells[1], 3_817_304, (84.12, ), error),
        Outcome(cells[2], error='No images.'),
        Outcome(cells[3], 3_755_864, (60.0, 61.0, 62.0)),
        *(Outcome(cell, error=error) for cell in cells[4:]),
    ]


def test_markdown():
    text = to_markdown(kernels())
    assert grid(text) == [
        ['backbone', 'tuning', 'trained (M)', 'cifar100', 'cifar100_lt100'],
        ['--------', '-----------------', '----------:', '----------------:',
         '----------------:'],
        ['resnet50', 'protune, kernel=3', '3.76', '83.2 ± 0.3 (83.2)',
         '61.0 ± 1.0 (60.9)'],
        ['resnet50', 'protune, kernel=5', '3.82', '84.1 (83.6)', '– (61.2)'],
        ['resnet50', 'protune, kernel=7', '–', '– (83.4)', '– (61.1)'],
    ]  # yapf: disable
    assert '|       84.1 (83.6) |' in text
    assert text.split('\n\n')[1:] == [
        '* resnet50, protune, kernel=5, cifar100 and 2 more: Nowhere is room.'
        '\n* resnet50, protune, kernel=7, cifar100: No images.',
        'In percent: ours, mean ± standard deviation of 1 to 3 seeds '
        "(the paper's)."
    ]


def test_hosts_have_a_column():
    outcomes = [Outcome(cell, values=(40., )) for cell in paper_cells('6')]
    rows = grid(to_markdown(outcomes))
    assert rows[0] == ['host', 'backbone', 'tuning', 'trained (M)', 'coco']
    assert [row[0]
            for row in rows[2:]] == ['cascade_mask_rcnn'] * 3 + ['htc'] * 3
    assert rows[-1][1:] == ['resnet50', 'protune', '–', '40.0 (42.2)']
    failed = Outcome(outcomes[-1].cell, error='Too large.')
    assert '* htc, resnet50, protune, coco: Too large.' in to_markdown(
        [failed])


def test_no_parentheses_without_a_number_of_the_paper():
    outcomes = [
        Outcome(cell, 204_900, (50., 52.)) for cell in paper_cells('figure3')
    ]
    text = to_markdown(outcomes)
    rows = grid(text)
    assert len(rows) == 2 + 15
    assert rows[2][1:] == ['head, shots=1', '0.20', *['51.0 ± 1.4'] * 3]
    assert text.split('\n\n')[1:] == [
        'In percent: ours, mean ± standard deviation of 2 seeds.'
    ]


@pytest.mark.parametrize('values, legend', [
    ((), "nothing has run yet (the paper's)"),
    ((61., ), "ours, of one seed (the paper's)"),
])
def test_legend(values, legend):
    outcomes = [Outcome(cell, values=values) for cell in paper_cells('8')]
    assert to_markdown(outcomes).endswith(f'\n\nIn percent: {legend}.')


def test_a_cell_that_was_not_asked_for_stays_empty():
    cells = paper_cells('9')[:-1]
    rows = grid(to_markdown([Outcome(cell) for cell in cells]))
    assert [row[-1] for row in rows[2:]] == ['– (61.2)', '– (61.3)', '']


def row_of(backbone, method, cells, results):
    """Columns of one row by their headings; None has not run."""
    cells = select(cells, backbone=[backbone], method=[method])
    outcomes = [
        Outcome(cell, 10, (result - 1, result + 1) if result else ())
        for cell, result in zip(cells, results, strict=True)
    ]
    text = to_markdown(outcomes)
    headings, _, row = grid(text)
    return dict(zip(headings, row, strict=True)), text


def test_means_of_groups():
    row, text = row_of('vit_base_mocov3', 'spt-deep', prompt_cells('fgvc'),
                       (80., 81., 82., 83., 89.))
    assert row['cub'] == '80.0 ± 1.4'
    assert list(row.items())[-1] == ('FGVC', '83.0 (86.0)')
    assert text.endswith("of 2 seeds (the paper's).")


def test_means_need_all_data_sets():
    row, text = row_of('vit_base_mae', 'vpt-deep', prompt_cells('vtab'),
                       (*range(10, 17), *range(20, 24), *[30] * 7, None))
    assert list(row)[-4:] == list(GROUPS)[1:]
    assert row['Natural'] == '13.0 (36.0)'
    assert row['Specialized'] == '21.5'
    assert row['Structured'] == row['VTAB-1k'] == '–'


@pytest.mark.parametrize('target, method, shown, printed', [
    ('vtab', 'spt-deep', ['Natural', 'Specialized'], True),
    ('vtab', 'finetune', ['Natural', 'Specialized'], False),
    ('fgvc', 'spt-deep', [], False),
])
def test_means_of_what_was_asked_for(target, method, shown, printed):
    cells = select(prompt_cells(target), dataset=None)
    datasets = list(dict.fromkeys(cell.dataset for cell in cells))
    part = datasets[1:] if target == 'fgvc' else datasets[:-1]
    row, text = row_of('vit_base_mae', method, select(cells, dataset=part),
                       [50.] * len(part))
    assert [name for name in row if name in GROUPS] == shown
    assert ("(the paper's)" in text) == printed


def test_csv():
    text = to_csv(kernels() + [Outcome(paper_cells('figure3')[0])])
    assert text.splitlines()[:3] == [
        'table,host,backbone,method,setting,dataset,paper,trained,mean,'
        'spread,seeds,error',
        '12,classifier,resnet50,protune,kernel=3,cifar100,83.2,3700000,83.2,'
        '0.2828,2,',
        '12,classifier,resnet50,protune,kernel=5,cifar100,83.6,3817304,84.12,'
        ',1,Nowhere is room.'
    ]
    rows = list(csv.DictReader(StringIO(text)))
    assert len(rows) == 7
    last = rows[-1]
    assert (last['table'], last['paper'], last['seeds']) == ('figure3', '',
                                                             '0')
