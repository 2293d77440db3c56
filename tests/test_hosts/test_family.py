"""What families say of their backbones is what an image meets in them."""
import pytest

from protune_mm.hosts import UNKNOWN
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
