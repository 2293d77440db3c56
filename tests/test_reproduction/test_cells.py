"""The paper's results, and what is picked from them."""
from collections import Counter

import pytest

from protune_mm.errors import UserError
from protune_mm.reproduction.cells import (METHOD_NAMES, Outcome, paper_cells,
                                           select)

COUNTS = {
    '2': 198, '3': 264, '4': 24, '5': 32, '6': 6, '7': 6, '8': 5, '9': 6,
    '10': 5, '11': 8, '12': 6, 'figure3': 45, 'figure1': 84
}  # yapf: disable


@pytest.mark.parametrize('table', COUNTS)
def test_every_cell_is_there_once(table):
    cells = paper_cells(table)
    assert len(cells) == COUNTS[table]
    names = Counter(
        (c.host, c.backbone, c.method, c.setting, c.dataset) for c in cells)
    assert set(names.values()) == {1}
    assert {c.method for c in cells} <= set(METHOD_NAMES)
    for cell in cells:
        if table == 'figure3':
            assert cell.paper is None and cell.paper_m is None
        else:
            assert 0 < cell.paper < 100
            assert (cell.paper_m is None) == (table == '11')


# Sums over the datasets of printed rows, added up by hand.
@pytest.mark.parametrize('table, backbone, method, total, millions', [
    ('2', 'resnet50', 'scratch', 811.5, 23.75),
    ('2', 'regnetx_32gf', 'protune', 961.9, 5.91),
    ('3', 'deit_small', 'head', 901.3, 0.05),
    ('3', 'swin_base', 'partial-2', 969.7, 8.52),
    ('5', 'deit_base', 'finetune', 69.0, 85.952),
])
def test_rows(table, backbone, method, total, millions):
    cells = select(paper_cells(table), backbone=[backbone], method=[method])
    assert sum(c.paper for c in cells) == pytest.approx(total)
    assert {c.paper_m for c in cells} == {millions}


@pytest.mark.parametrize('table, choice, paper, millions', [
    ('2', dict(backbone='resnet101', method='protune',
               dataset='pets'), 93.9, 3.86),
    ('3', dict(backbone='swin_base', method='partial-2',
               dataset='clothing1m'), 95.7, 8.52),
    ('3', dict(
        backbone='swin_base', method='scratch',
        dataset='stanford_dogs'), 5.2, 86.87),
    ('4', dict(backbone='deit_small', method='protune',
               dataset='cifar100_c'), 73.0, 0.808),
    ('6', dict(host='htc', method='protune'), 42.2, 60.4),
    ('7', dict(host='fcn', method='head'), 25.8, 26.1),
    ('8', dict(method='protune+finetune'), 60.4, 27.33),
    ('9', dict(setting='blocks=3', dataset='cifar100'), 83.7, 11.05),
    ('10', dict(setting='position=L5'), 67.5, 3.17),
    ('11', dict(setting='beta=learned'), 58.1, None),
    ('12', dict(setting='kernel=3', dataset='cifar100_lt100'), 60.9, 3.67),
])
def test_values_as_printed(table, choice, paper, millions):
    cell, = [
        c for c in paper_cells(table) if all(
            getattr(c, name) == value for name, value in choice.items())
    ]
    assert (cell.paper, cell.paper_m) == (paper, millions)


def test_a_part_keeps_the_order_of_the_paper():
    cells = select(
        paper_cells('2'),
        backbone=['regnetx_32gf', 'resnet50'],
        method=['protune', 'scratch'],
        dataset=['pets', 'cifar10'],
        setting=None)
    assert [(c.backbone, c.method, c.dataset)
            for c in cells] == [(backbone, method, dataset)
                                for backbone in ('resnet50', 'regnetx_32gf')
                                for method in ('scratch', 'protune')
                                for dataset in ('cifar10', 'pets')]


def test_figure1_is_a_part_of_two_tables():
    cells = paper_cells('figure1')
    assert {c.table for c in cells} == {'2', '3'}
    assert len({c.backbone for c in cells}) == 7
    assert cells[0] in paper_cells('2')


@pytest.mark.parametrize('table, choice, message', [
    ('12', dict(backbone=['swin_base']),
     'no backbone swin_base in this table: choose from resnet50'),
    ('figure3', dict(method=['head', 'scratch']),
     'no method scratch in this table: choose from head, finetune, protune'),
    ('figure1', dict(dataset=['pets']),
     'no dataset pets in this table: choose from cifar100_lt100, cifar100'),
])
def test_names_that_are_not_there_are_refused(table, choice, message):
    with pytest.raises(UserError, match=message):
        select(paper_cells(table), **choice)


def test_a_table_that_is_not_there_is_refused():
    with pytest.raises(
            UserError,
            match='no table 1 here: choose from figure1, 2, 3, .*figure3'):
        paper_cells('1')


@pytest.mark.parametrize('values, mean, spread', [
    ((), None, None),
    ((60., ), 60., None),
    ((60., 62.), 61., 2**0.5),
])
def test_outcome(values, mean, spread):
    outcome = Outcome(paper_cells('8')[0], values=values)
    assert (outcome.mean, outcome.spread) == (mean, spread)
