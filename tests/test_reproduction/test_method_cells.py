"""Methods side by side: what is compared, and what others publish."""
from protune_mm.reproduction.cells import METHOD_NAMES, Cell
from protune_mm.reproduction.compose import compose, sources
from protune_mm.reproduction.method_cells import (PUBLISHED, TASKS,
                                                  embedded_method_cells,
                                                  method_arguments,
                                                  method_cells)
from protune_mm.reproduction.panels import STYLES
from protune_mm.reproduction.sweep import has_sweep
from tests.command_line import ROOT

CONFIGS = ROOT / 'configs'
CELLS = embedded_method_cells()
BY_TASK = {
    name: [cell for cell in CELLS if cell.dataset == name]
    for name in TASKS
}


def test_cells():
    assert [len(cells) for cells in BY_TASK.values()] == [12, 8, 5]
    assert all(map(has_sweep, CELLS))
    methods = {cell.method for cell in CELLS}
    assert methods <= set(METHOD_NAMES) & set(STYLES)
    for cells in BY_TASK.values():  # told apart by form and colour
        styles = {str(STYLES[cell.method]) for cell in cells}
        assert len(styles) == len(cells)


def test_published_cells():
    cells = method_cells(embedded=False)
    assert [(c.method, c.paper_m, c.paper)
            for c in cells] == [('finetune', 86.75, 51.9), ('head', 0., 43.5),
                                ('lora', 3.03, 51.2),
                                ('adaptformer', 3.11, 51.4),
                                ('mona', 4.16, 53.4)]
    assert [row.mask
            for row in PUBLISHED.values()] == [45.0, 38.6, 44.3, 44.5, 46.0]
    assert not any(map(has_sweep, cells))
    for cell in cells:
        backbone = compose(cell, CONFIGS).model.backbone
        plain = cell.method in ('head', 'finetune')
        assert backbone.tuning == (cell.method if plain else 'protune')
        if not plain:
            assert backbone.methods[0].type.lower() == cell.method
        assert backbone.init_cfg.checkpoint.endswith('_22k.pth')


def test_settings():
    assert method_arguments('rank=4,targets=all') == dict(
        rank=4, targets='all')
    assert method_arguments('') == {}


def test_arguments_reach_the_method():
    cell = next(c for c in BY_TASK['digits_coco'] if c.method == 'lora')
    method, = compose(cell, CONFIGS).model.backbone.methods
    assert method == dict(type='LoRA', rank=4, targets='all')
    # The fragment is as it was.
    other = Cell('2', 'classifier', 'vit_slim', 'lora', '', 'digits')
    assert compose(
        other, CONFIGS).model.backbone.methods == [dict(type='LoRA', rank=8)]
    assert [path.stem for path in sources(cell, CONFIGS)
            ] == ['cascade_mask_rcnn_protune_r18_digits', 'lora']
