"""Names and numbers in columns."""
from protune_mm.costs.text_table import draw, megabytes


def test_names_stay_whole():
    name = 'a name of many words that is as long as any of them'
    text = draw(['', 'a', 'b'], [[name, '1', '2'], ['x', '10', '20']])
    assert name in text and len(set(map(len, text.splitlines()))) == 1


def test_megabytes():
    assert megabytes(1234567890) == '1,234.6' and megabytes(None) == '-'
