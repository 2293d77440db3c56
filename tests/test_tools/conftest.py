"""Data of the tools' tests."""
import pytest

from protune_mm.datasets import make_digit_scenes


@pytest.fixture(scope='session')
def workplace(tmp_path_factory):
    """A folder with the data of the configs, as a user would have."""
    place = tmp_path_factory.mktemp('workplace')
    (place / 'data').mkdir()
    make_digit_scenes(place / 'data/digits', num_train=8, num_val=4, size=96)
    make_digit_scenes(
        place / 'data/coco', num_train=4, num_val=2, size=96, coco_names=True)
    for root in ('data/digits_ade20k', 'data/ade/ADEChallengeData2016'):
        make_digit_scenes(
            place / root, num_train=8, num_val=2, size=96, layout='ade20k')
    return place
