"""What is foretold, in a table and a sentence."""
import numpy as np
import pytest

from protune_mm.costs.arms import AS_GIVEN, FINETUNE, HEAD, PROTUNE
from protune_mm.costs.prediction import Foretold
from protune_mm.costs.preflight_table import Measured, advice, prediction_table
from protune_mm.costs.standing import Standing

MB = 10**6


def costs(backbone, heads):
    """Of an image, in MB; 10 MB are held whatever the batch."""
    return Foretold(
        np.zeros(4),
        np.array([backbone, backbone, 0, 1e6]) * MB,
        np.array([heads, 1e6]) * MB, Standing(10 * MB, 0, 0))


FORETOLD = {
    FINETUNE: costs(30, 10),
    HEAD: costs(0, 10),
    PROTUNE[0]: costs(50, 10),
    PROTUNE[1]: costs(20, 10),
    PROTUNE[2]: costs(10, 10)
}


def cells(text, name):
    line, = (line for line in text.splitlines() if name in line)
    return [cell.strip() for cell in line.split('│')[1:-1]]


def test_table():
    text = prediction_table(FORETOLD, PROTUNE[1], 2, {})
    assert cells(text, 'lean *') == [
        'Pro-tuning lean *', '40.0', '60.0', '0.75', '4.000'
    ]
    assert cells(text, 'plain')[3] == '1.50'
    assert 'measured' not in text and 'batch' not in text


def test_measured_and_budget():
    measured = {HEAD: Measured(25 * MB, None), FINETUNE: Measured(80 * MB, MB)}
    text = prediction_table(FORETOLD, HEAD, 2, measured, 100 * MB)
    assert cells(text, 'head')[-4:] == ['25.0', '-20.0 %', '-', '9']
    assert cells(text, 'fine')[-4:] == ['80.0', '+0.0 %', '1.0', '2']
    assert cells(text, 'plain')[-4:] == ['', '', '', '1']
    assert "optimizer's state" in text


@pytest.mark.parametrize('own, images, budget, words', [
    (PROTUNE[1], 1, 70, "the batch of 1 fits with memory='plain', and up to "
     "3 images with memory='leanest'"),
    (PROTUNE[1], 2, 70, "the batch of 2 fits with memory='lean'"),
    (PROTUNE[1], 3, 70, "the batch of 3 fits with memory='leanest'"),
    (PROTUNE[1], 4, 70, 'the batch of 4 does not fit; 3 images do with '
     "memory='leanest'"),
    (PROTUNE[1], 1, 20, 'too little for one image'),
    (HEAD, 2, 70, 'a batch of 6 fits as configured'),
    (HEAD, 2, 19, 'too little for one image'),
])
def test_advice(own, images, budget, words):
    text = advice(FORETOLD, own, images, budget * MB, f'{budget}MB')
    assert words in text and text.startswith(f'{budget}MB')


def test_advice_with_lean_heads():
    foretold = {
        arm.with_heads('lean') if arm in PROTUNE else arm: costs
        for arm, costs in FORETOLD.items()
    }
    own = PROTUNE[1].with_heads('lean')
    text = advice(foretold, own, 2, 70 * MB, '70MB')
    assert "the batch of 2 fits with memory='lean'" in text


def test_one_way():
    text = prediction_table({AS_GIVEN: costs(1, 2)}, AS_GIVEN, 1, {})
    assert cells(text, 'as conf')[1:4] == ['1.0', '3.0', '-']
