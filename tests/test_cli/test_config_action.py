"""Options keep their blanks."""
import argparse

import pytest

from protune_mm.cli.config_action import ConfigAction


def parse(*options):
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=ConfigAction)
    return parser.parse_args(['--cfg-options', *options]).cfg_options


@pytest.mark.parametrize('text, value', [
    ('my data/train set', 'my data/train set'),
    ('my data (1)/x', 'my data (1)/x'),
    ('[traffic light, stop sign]', ['traffic light', 'stop sign']),
    ('( 1, 2 )', (1, 2)),
    ('[(0, 1.5), [a b]]', [(0, 1.5), ['a b']]),
    ('traffic light,stop sign', ['traffic light', 'stop sign']),
    ('None', None),
    ('3', 3),
])
def test_values(text, value):
    assert parse(f'a.b={text}') == {'a.b': value}


def test_options_add_up():
    assert parse('a=1', 'b=x y', 'c=d=e') == dict(a=1, b='x y', c='d=e')


@pytest.mark.parametrize('option, sentence', [
    ('a', 'a: write key=value.'),
    ('a=[1,2', 'a=[1,2: a bracket is missing.'),
])
def test_what_cannot_be_read(option, sentence, capsys):
    with pytest.raises(SystemExit):
        parse(option)
    assert sentence in capsys.readouterr().err
