"""What a campaign calls its files."""
import sys

import pytest

from protune_mm.reproduction.main import parse_args, place
from protune_mm.reproduction.study import with_ending


def named(monkeypatch, *arguments):
    monkeypatch.setattr(sys, 'argv', ['reproduce.py', *arguments])
    return place(parse_args())


def test_a_name_may_hold_dots(monkeypatch):
    path = named(monkeypatch, 'table11', '--setting', 'beta=0.5')
    assert with_ending(path, '.md').name == 'table11_paper_beta=0.5.md'


@pytest.mark.parametrize('number', [15, 60])
def test_a_long_name_is_cut(number, monkeypatch, tmp_path):
    sets = [f'vtab_some_data_{i}' for i in range(number)]
    path, other = (
        named(monkeypatch, 'vtab', '--dataset', *these)
        for these in (sets, sets[:-1]))
    assert path != other
    (tmp_path / with_ending(path, '_trials.csv.part0').name).touch()
