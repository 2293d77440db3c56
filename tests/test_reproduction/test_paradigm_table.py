"""Pro-tuning beside head retraining and fine-tuning: table and picture."""
import cv2

from protune_mm.reproduction.cells import Outcome
from protune_mm.reproduction.method_table import Row
from protune_mm.reproduction.panels import save_figure
from protune_mm.reproduction.paradigm_cells import paradigm_cells
from protune_mm.reproduction.paradigm_table import (paradigm_markdown,
                                                    paradigms_figure)

CELLS = {(c.dataset, c.setting, c.method): c for c in paradigm_cells()}


def row(key, values=(), lr=None, error=''):
    return Row(Outcome(CELLS[key], 9, values, error), lr, 0)


ROWS = [
    row(('digits_96', 'length=4', 'protune'), (70., 72.), 2e-3),
    row(('digits_96', 'shots=4', 'head'), (30., ), 1e-2),
    row(('digits_96', 'shots=4', 'protune'), (40., ), 4e-2),
    row(('trees_coco', 'length=1', 'head'), error='No room.')
]


def cells_of(line):
    return [x.strip() for x in line.strip('|').split('|')]


def test_markdown():
    text = paradigm_markdown(ROWS)
    results, rates = (
        block.splitlines() for block in text.split('\n\n')
        if block.startswith('|'))
    assert cells_of(
        results[0]) == ['task', 'result', 'Pro-tuning', 'head retraining']
    # In the order of the comparison.
    assert [cells_of(line) for line in results[2:]] == [
        ['classifier, shots: 4', 'accuracy (%)', '40.0', '30.0'],
        ['classifier, 4 x longer', 'accuracy (%)', '71.0 ± 1.4', '–'],
        ['fcos, short', 'box AP (%)', '–', '–'],
    ]
    assert cells_of(rates[2])[2:] == ['0.04', '0.01']
    assert '* trees_coco, length=1, head: No room.' in text
    assert '1 to 2 seeds' in text


def test_picture(tmp_path):
    path = save_figure(paradigms_figure(ROWS[:3]), tmp_path / 'x.png')
    assert cv2.imread(str(path)).std() > 0
    axes, = paradigms_figure(ROWS[:3]).axes
    assert [x.get_text()
            for x in axes.get_xticklabels()] == ['shots: 4', '4 x longer']
    places = [x for bar in axes.containers for x in bar.lines[0].get_xdata()]
    assert len(set(places)) == 3 and all(
        abs(x - round(x)) < .5 for x in places)
