"""The benchmarks of VPT and SPT: which cells there are."""
from collections import Counter

import pytest

from protune_mm.errors import UserError
from protune_mm.reproduction import BENCHMARKS, prompt_cells, select
from protune_mm.reproduction.cells import METHOD_NAMES
from protune_mm.reproduction.panels import STYLES
from protune_mm.reproduction.prompt_cells import GROUPS, PUBLISHED

VITS = ('vit_base_mae', 'vit_base_mocov3', 'vit_base_in21k')


@pytest.mark.parametrize('target, datasets', [('fgvc', 5), ('vtab', 19)])
def test_every_cell_is_there_once(target, datasets):
    cells = prompt_cells(target)
    # Nine methods of three ViTs, four of Swin.
    assert len(set(cells)) == len(cells) == 31 * datasets
    rows = Counter((cell.backbone, cell.method) for cell in cells)
    assert set(rows.values()) == {datasets}
    assert Counter(backbone for backbone, _ in rows) == dict(
        **dict.fromkeys(VITS, 9), swin_base=4)
    for cell in cells:
        assert (cell.table, cell.host) == (target, 'classifier')
        assert cell.paper is None and cell.paper_m is None
    assert {c.method for c in cells} <= set(METHOD_NAMES) & set(STYLES)


def test_groups():
    sizes = {name: len(members) for name, members in GROUPS.items()}
    assert sizes == {
        'FGVC': 5,
        'Natural': 7,
        'Specialized': 4,
        'Structured': 8,
        'VTAB-1k': 19
    }
    assert GROUPS['FGVC'] == BENCHMARKS['fgvc']
    parts = GROUPS['Natural'] + GROUPS['Specialized'] + GROUPS['Structured']
    assert parts == GROUPS['VTAB-1k'] == BENCHMARKS['vtab']


def test_published_means_are_of_cells():
    for (group, backbone, method), value in PUBLISHED.items():
        target = 'fgvc' if group == 'FGVC' else 'vtab'
        assert select(
            prompt_cells(target),
            backbone=[backbone],
            method=[method],
            dataset=GROUPS[group])
        assert 0 < value < 100


def test_a_part():
    cells = select(
        prompt_cells('vtab'), method=['spt-deep'], dataset=['vtab_svhn'])
    assert [cell.backbone for cell in cells] == list(VITS)
    with pytest.raises(
            UserError, match='no dataset svhn .*: choose from vtab_svhn'):
        select(cells, dataset=['svhn'])
