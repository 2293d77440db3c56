"""Pictures of results: what the panels hold."""
import cv2
import numpy as np
import pytest
from matplotlib.text import Text

from protune_mm.reproduction.cells import Outcome, paper_cells, select
from protune_mm.reproduction.embedded import embedded_cells, without_paper
from protune_mm.reproduction.panels import STYLES
from protune_mm.reproduction.plots import (accuracy_against_parameters, draw,
                                           parameters_figure, setting_curve,
                                           settings_figure, shot_curves,
                                           shots_figure)


def lines(axes):
    """Map labels to lists of lines' points, of error bars the middles."""
    bars = {id(b.lines[0]): b.get_label() for b in axes.containers}
    found = {}
    for line in axes.get_lines():
        label = bars.get(id(line), line.get_label())
        if not label.startswith('_'):
            points = [tuple(point) for point in line.get_xydata()]
            found.setdefault(label, []).append(points)
    return found


def whiskers(container):
    """Give the ends of the error bars."""
    return [segment[:, 1] for segment in container.lines[2][0].get_segments()]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_parameters():
    cells = select(
        paper_cells('2'), backbone=['resnet50'], dataset=['pets', 'cifar100'])
    outcomes = [
        Outcome(cell, 3_800_000, (80., 82.)) if cell.method == 'protune'
        and cell.dataset == 'pets' else Outcome(cell) for cell in cells
    ]
    figure = parameters_figure(outcomes)
    cifar100, pets = figure.axes
    assert (cifar100.get_title(), pets.get_title()) == ('cifar100', 'pets')
    assert pets.get_xscale() == 'log'
    drawn = lines(pets)
    assert drawn['protune, ours'] == [[(3.8, 81.)]]
    # At our count; where nothing has run, at the paper's.
    assert drawn['protune, paper'] == [[(3.8, 92.5)]]
    assert drawn['head, paper'] == [[(0.25, 91.8)]]
    assert drawn['resnet50'] == [[(0.25, 91.8), (3.8, 81.), (4.71, 91.2),
                                  (9.17, 91.4), (23.75, 92.5)]]
    bar, = pets.containers
    np.testing.assert_allclose(whiskers(bar), [[81 - 2**0.5, 81 + 2**0.5]])
    assert bar.lines[0].get_fillstyle() == 'full'
    hollow, = [x for x in pets.lines if x.get_label() == 'protune, paper']
    assert hollow.get_fillstyle() == 'none'
    assert 'protune, ours' not in lines(cifar100)
    assert lines(cifar100)['protune, paper'] == [[(3.86, 84.0)]]
    assert legend(figure) == [
        'from scratch', 'head retraining', 'partial-1', 'partial-2',
        'fine-tuning', 'Pro-tuning', 'ours', 'paper'
    ]


def test_names_of_backbones_keep_apart():
    figure = parameters_figure([Outcome(c) for c in paper_cells('figure1')])
    figure.draw_without_rendering()
    for axes in figure.axes:
        assert len(axes.texts) == 7
        # An annotation's own extent would include its leader.
        boxes = sorted((Text.get_window_extent(name) for name in axes.texts),
                       key=lambda box: box.y0)
        assert all(low.y1 <= high.y0 for low, high in zip(boxes, boxes[1:]))
    assert 'ours' not in legend(figure)


def test_hosts_are_named():
    figure = parameters_figure([Outcome(c) for c in paper_cells('6')])
    axes, = figure.axes
    assert axes.get_ylabel() == 'box AP (%)'
    assert {text.get_text()
            for text in axes.texts} == {'cascade_mask_rcnn', 'htc'}
    assert lines(axes)['htc'] == [[(56.8, 37.5), (60.4, 42.2), (80.0, 42.3)]]


def test_shots():
    outcomes = [
        Outcome(cell, 10, (float(i), i + 2.) if i % 5 else ())
        for i, cell in enumerate(paper_cells('figure3'))
    ]
    figure = shots_figure(outcomes)
    assert [axes.get_title()
            for axes in figure.axes] == ['cifar10', 'cifar100', 'caltech101']
    axes = figure.axes[1]
    # One shot has not run.
    assert lines(axes) == {
        f'{method}, ours': [[(2, i + 1), (4, i + 2), (8, i + 3), (16, i + 4)]]
        for method, i in (('head', 16), ('finetune', 21), ('protune', 26))
    }
    assert axes.xaxis.get_transform().base == 2
    assert [t.get_text() for t in axes.get_xticklabels()] == [*'1248', '16']
    assert axes.get_xlim()[0] <= 1
    np.testing.assert_allclose(
        whiskers(axes.containers[0])[0], [17 - 2**0.5, 17 + 2**0.5])
    assert legend(figure) == ['head retraining', 'fine-tuning', 'Pro-tuning']


@pytest.mark.parametrize('table, name, values, printed', [
    ('9', 'blocks', '1 2 3', [83.6, 83.5, 83.7]),
    ('10', 'position', 'F1 F5 L1 L5 U5', [73.0, 73.5, 67.4, 67.5, 74.0]),
    ('11', 'beta', '10 4 2 1 0.5 0.25 0.1 learned',
     [50.3, 49.7, 49.5, 51.8, 53.2, 54.4, 56.6, 58.1]),
    ('12', 'kernel', '3 5 7', [83.2, 83.6, 83.4]),
])
def test_settings(table, name, values, printed):
    outcomes = [Outcome(cell) for cell in paper_cells(table)]
    outcomes[2] = Outcome(outcomes[2].cell, 10, (50., ))
    figure = settings_figure(outcomes)
    axes = figure.axes[0]
    assert lines(axes) == {
        'protune, paper': [[*enumerate(printed)]],
        'protune, ours': [[(2, 50.)]]
    }
    assert axes.get_xlabel() == name
    ticks = [text.get_text() for text in axes.get_xticklabels()]
    assert ticks == values.split()
    paper, = [x for x in axes.lines if x.get_label() == 'protune, paper']
    assert paper.get_linestyle() == '--'
    assert legend(figure) == ['Pro-tuning', 'ours', 'paper']
    assert [axes.get_title() for axes in figure.axes
            ] == [*dict.fromkeys(o.cell.dataset for o in outcomes)]


def test_settings_of_embedded_data_are_ours_alone():
    outcomes = [Outcome(cell, 10, (50., )) for cell in paper_cells('12')]
    figure = settings_figure(without_paper(outcomes))
    found = lines(figure.axes[0])
    assert found['protune, ours'] == [[(0, 50.), (1, 50.), (2, 50.)]]
    assert np.isnan(found['protune, paper'][0])[:, 1].all()
    assert legend(figure) == ['Pro-tuning']


def test_methods_differ_in_colour_and_in_marker():
    for key in ('color', 'marker'):
        assert len({style[key] for style in STYLES.values()}) == len(STYLES)


@pytest.mark.parametrize('table, plot', [
    ('figure1', accuracy_against_parameters),
    ('6', accuracy_against_parameters),
    ('8', accuracy_against_parameters),
    ('figure3', shot_curves),
    ('9', setting_curve),
    ('11', setting_curve),
])
def test_draw(table, plot, tmp_path):
    outcomes = [Outcome(c, 10**6, (50., 51.)) for c in paper_cells(table)]
    path = draw(table, outcomes, tmp_path / 'x.png')
    assert path == tmp_path / 'x.png'
    assert cv2.imread(str(path)).std() > 0
    expected = plot(outcomes, tmp_path / 'y.png')
    assert path.read_bytes() == expected.read_bytes()


# Table 8 on embedded data: numbers of the paper, but no parameters.
@pytest.mark.parametrize('table, cells', [
    ('figure3', paper_cells('figure3')),
    ('8', embedded_cells(paper_cells('8'))),
])
def test_nothing_to_draw(table, cells, tmp_path):
    outcomes = [Outcome(cell, error='No images.') for cell in cells]
    assert draw(table, outcomes, tmp_path / 'x.png') is None
    assert not list(tmp_path.iterdir())
    outcomes[1] = Outcome(cells[1], 10, (50., ))
    assert draw(table, outcomes, tmp_path / 'x.png')
