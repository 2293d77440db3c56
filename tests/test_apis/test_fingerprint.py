"""A result is of the code that produced it."""
from protune_mm.apis.fingerprint import PRODUCING, code_digest
from tests.test_rooms import ROOMS

CODE = '''"""What it is."""


def double(x):
    """Double a number."""
    return 2 * x  # twice
'''


def digest(tmp_path, code):
    (tmp_path / 'code.py').write_text(code)
    return code_digest(tmp_path)


def test_what_code_does_counts(tmp_path):
    before = digest(tmp_path, CODE)
    assert digest(tmp_path, CODE.replace('2 * x', '3 * x')) != before


def test_what_code_says_does_not(tmp_path):
    before = digest(tmp_path, CODE)
    other = CODE.replace('Double', 'Triple').replace('  # twice', '\n\n')
    assert digest(tmp_path, other) == before


def test_every_room_counts_but_those_that_change_no_number():
    others = {
        'visualization', 'preflight', 'costs', 'publishing', 'apis', 'export',
        'serving', 'cli', 'reproduction'
    }
    assert set(ROOMS) - others == set(PRODUCING) - {'compat.py'}
