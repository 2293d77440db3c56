"""Amounts of memory."""
import pytest

from protune_mm.costs.units import parse_bytes
from protune_mm.errors import UserError


@pytest.mark.parametrize('text, number', [
    ('8GiB', 8 * 2**30),
    ('1.5 gb', 1500000000),
    ('100MB', 10**8),
    ('3b', 3),
])
def test_amounts(text, number):
    assert parse_bytes(text) == number


@pytest.mark.parametrize('text', ['8', 'much', '8 GiBs', '-1GB', '0MB', ''])
def test_what_is_none(text):
    with pytest.raises(UserError, match='is no amount of memory'):
        parse_bytes(text)
