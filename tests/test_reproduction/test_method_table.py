"""Methods side by side: tables and picture."""
import csv
from io import StringIO

import cv2
import pytest

from protune_mm.reproduction.cells import Outcome
from protune_mm.reproduction.method_cells import (embedded_method_cells,
                                                  published_method_cells)
from protune_mm.reproduction.method_table import (Row, method_csv,
                                                  method_markdown,
                                                  methods_figure,
                                                  published_markdown,
                                                  trained_in_backbone)
from protune_mm.reproduction.panels import save_figure

CELLS = {(c.dataset, c.method): c for c in embedded_method_cells()}
HEAD = Row(Outcome(CELLS['digits', 'head'], 970, (30., 32.)), 1e-2, 0)
LORA = Row(Outcome(CELLS['digits_coco', 'lora'], 9000, (50., )), 5e-4, 1234)
FAILED = Row(
    Outcome(CELLS['digits_coco', 'head'], error='No room.'), None, None)


@pytest.mark.parametrize('parameters, count', [
    ([['backbone', 5, 100], ['lora', 7, 0], ['neck', 11, 0],
      ['rpn_head', 11, 0], ['roi_head', 11, 0], ['total', 45, 100]], 12),
    ([['backbone', 0, 100], ['decode_head', 3, 0], ['auxiliary_head', 3, 0],
      ['total', 6, 100]], 0),
    ([['backbone', 2, 100], ['prompts', 4, 0], ['head', 3, 0],
      ['total', 9, 100]], 6),
    ([['backbone', 0, 100], ['monas', 4, 0], ['bbox_head', 3, 0],
      ['encoder', 5, 0], ['total', 12, 100]], 4),
])
def test_trained_in_backbone(parameters, count):
    assert trained_in_backbone(parameters) == count


def test_markdown():
    text = method_markdown([HEAD, LORA, FAILED])
    assert '31.0 ± 1.4' in text and '0.01 |' in text
    line, = [x for x in text.splitlines() if 'LoRA' in x]
    assert [x.strip() for x in line.strip('|').split('|')] == [
        'LoRA, rank 4, targets all', '1,234', '9,000', '0.0005', '50.0'
    ]
    assert 'cascade_mask_rcnn, resnet18_slim, digits_coco:' in text
    assert '* digits_coco, head: No room.' in text
    assert '1 to 2 seeds' in text
    assert 'Nothing has run yet.' in method_markdown([FAILED])


def test_csv():
    rows = list(csv.DictReader(StringIO(method_csv([HEAD, LORA, FAILED]))))
    assert [r['trained_backbone'] for r in rows] == ['0', '1234', '']
    assert [r['lr'] for r in rows] == ['0.01', '0.0005', '']
    assert [r['mean'] for r in rows] == ['31.0', '50.0', '']
    assert rows[0]['spread'] == '1.4142' and rows[2]['error'] == 'No room.'


def test_published():
    rows = [
        Row(Outcome(cell), None, None) for cell in published_method_cells()
    ]
    lines = published_markdown(rows).splitlines()
    cells = [[x.strip() for x in line.strip('|').split('|')]
             for line in lines[2:7]]
    assert cells[0] == ['fine-tuning', '86.75', '51.9', '45.0', '52.4', '–']
    assert cells[-1][:4] == ['Mona', '4.16', '53.4', '46.0']


def test_picture(tmp_path):
    path = save_figure(methods_figure([HEAD, LORA]), tmp_path / 'x.png')
    assert cv2.imread(str(path)).std() > 0
    panels = methods_figure([HEAD, LORA]).axes
    assert [x.get_ylabel() for x in panels] == ['accuracy (%)', 'box AP (%)']
    places = [x.containers[0].lines[0].get_xdata()[0] for x in panels]
    assert places == [0, 1234]
    for axes, place in zip(panels, places):
        assert axes.get_xlim()[0] < place <= axes.get_xlim()[1]
