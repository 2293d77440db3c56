"""Numbers that are too small, and what is no number."""
import pytest

from protune_mm.errors import UserError
from protune_mm.limits import check_least, check_number


@pytest.mark.parametrize('value, least, message', [
    (0, 1, 'It: size=0 is too small; give 1 or more'),
    ('192', 1, "It: size='192' is not a whole number; give one of at least 1"),
    (1.5, 1, 'It: size=1.5 is not a whole number'),
    (None, 0., 'It: size=None is not a number; give one of at least 0.0'),
])
def test_least(value, least, message):
    with pytest.raises(UserError, match=message):
        check_least('It', size=(value, least))


def test_what_is_right():
    check_least('It', size=(1, 1), share=(1, .5), other=(.5, 0.))
    check_number('It', 'size', 1)


@pytest.mark.parametrize('value', [0, -1, 1.5, '1', None])
def test_whole_numbers(value):
    with pytest.raises(UserError, match='of It must be a whole number of at'):
        check_number('It', 'size', value)
