"""What families say of their backbones is what an image meets in them."""
import pytest

from protune_mm.hosts import UNKNOWN
from protune_mm.hosts.family import quarters
from protune_mm.hosts.probe import find_channels
from tests.backbones import CASES

KNOWN = [case for case in CASES if case.twin != 'ProTuneBackbone']


@pytest.mark.parametrize('case', KNOWN, ids=str)
def test_known_channels_are_those_of_an_image(case):
    model = case.build(tuning='head')
    assert model.family is not UNKNOWN
    known = dict(model.family.maps(model))
    found = find_channels(model, model.family.grid, list(known))
    assert list(found.items()) == list(known.items())


@pytest.mark.parametrize('number, ends', [(12, [2, 5, 8, 11]),
                                          (11, [1, 4, 7, 10]), (2, [0, 1]),
                                          (0, [])])
def test_quarters(number, ends):
    assert quarters(number) == ends
