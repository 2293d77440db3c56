"""What stands for the paper's data and backbones."""
from dataclasses import replace
from pathlib import Path

import pytest

from protune_mm.reproduction import (embedded_cells, paper_cells,
                                     prepare_embedded, prompt_cells, select,
                                     without_paper)
from protune_mm.reproduction.campaign import run_folder
from protune_mm.reproduction.cells import Outcome
from protune_mm.reproduction.compose import compose
from tests.command_line import ROOT

CONFIGS = ROOT / 'configs'
TABLES = (*map(str, range(2, 13)), 'figure3')


@pytest.mark.parametrize('table, backbones, datasets', [
    ('2', {'resnet18_slim'}, {'digits', 'digits_lt100', 'digits_lt50'}),
    ('3', {'resnet18_slim'}, {'digits', 'digits_lt100', 'digits_lt50'}),
    ('4', {'resnet18_slim'}, {'digits_c'}),
    ('5', {'resnet18_slim'}, {'digits_c'}),
    ('6', {'resnet18_slim'}, {'digits'}),
    ('7', {'resnet18_slim'}, {'digits'}),
    ('8', {'resnet18_slim'}, {'digits_lt100'}),
    ('figure3', {'resnet18_slim'}, {'digits'}),
])
def test_twins(table, backbones, datasets):
    cells = paper_cells(table)
    twins = embedded_cells(cells)
    assert {twin.backbone for twin in twins} == backbones
    assert {twin.dataset for twin in twins} == datasets
    for field in ('host', 'method', 'setting'):
        assert {getattr(twin, field)
                for twin in twins} == {getattr(cell, field)
                                       for cell in cells}


@pytest.mark.parametrize('table, numbers', [
    ('2', [None] * 18),
    ('6', [34.2, 41.2, 41.1, 37.5, 42.3, 42.2]),
    ('8', [42.6, 56.1, 60.5, 61.2, 60.4]),
    ('figure3', [None] * 15),
])
def test_a_number_of_the_paper_stays_where_it_is_one_cells(table, numbers):
    twins = embedded_cells(paper_cells(table))
    assert [twin.paper for twin in twins] == numbers
    assert not any(twin.paper_m for twin in twins)


def test_it_can_be_left_out():
    outcome = Outcome(paper_cells('8')[0], 10, (50., ), 'No room.')
    cell = replace(outcome.cell, paper=None, paper_m=None)
    assert without_paper([outcome]) == [replace(outcome, cell=cell)]


def test_it_stays_too_where_one_cell_is_left():
    cells = select(
        paper_cells('2'),
        backbone=['resnet101'],
        method=['protune'],
        dataset=['pets', 'cifar10_lt50'])
    assert [(twin.dataset, twin.paper) for twin in embedded_cells(cells)] == [
        (cell.dataset.replace('pets', 'digits').replace('cifar10',
                                                        'digits'), cell.paper)
        for cell in cells
    ]


@pytest.mark.parametrize('table', TABLES)
def test_every_twin_is_composed_once(table):
    twins = embedded_cells(paper_cells(table))
    folders = {run_folder(twin, 0) for twin in twins}
    assert len(folders) == len(set(twins)) == len(twins)
    for twin in twins:
        cfg = compose(twin, CONFIGS)
        weights = Path(cfg.model.backbone.init_cfg.checkpoint)
        assert weights.resolve().parent == CONFIGS / 'demo'
        assert cfg.model.backbone.tuning == twin.method


@pytest.mark.parametrize('target', ['fgvc', 'vtab'])
def test_prompts_have_a_slim_transformer(target):
    twins = embedded_cells(prompt_cells(target))
    assert [twin.method for twin in twins] == [
        'finetune', 'head', 'protune', 'vpt-shallow', 'vpt-deep',
        'vpt-deep-adamw', 'spt-shallow', 'spt-deep', 'spt-deep+protune'
    ]
    for twin in twins:
        assert (twin.backbone, twin.dataset) == ('vit_slim', 'digits')
        cfg = compose(twin, CONFIGS)
        weights = Path(cfg.model.backbone.init_cfg.checkpoint)
        assert weights.resolve() == CONFIGS / 'demo/vit_slim_letters.pth'
        blocks = twin.method == 'protune'
        assert cfg.model.backbone.type == ('ProTuneViT'
                                           if blocks else 'PromptedViT')


def test_scenes_are_made_where_the_configs_look(monkeypatch):
    made = []
    monkeypatch.setattr('protune_mm.reproduction.embedded.make_digit_scenes',
                        lambda root, layout: made.append((root, layout)))
    for table, layout in (('6', 'coco'), ('7', 'ade20k'), ('8', None)):
        made.clear()
        twins = embedded_cells(paper_cells(table))
        prepare_embedded(twins)
        roots = {
            str(Path(compose(x, CONFIGS).train_dataloader.dataset.data_root))
            for x in twins
        } if layout else set()
        assert set(made) == {(root, layout) for root in roots}


def test_figure1_has_each_twin_once():
    twins = embedded_cells(paper_cells('figure1'))
    assert len({(t.method, t.dataset) for t in twins}) == len(twins) == 12
