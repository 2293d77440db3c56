"""One sentence for what a user can mend, a trace for what is our fault."""
import pytest

from protune_mm.apis import one_sentence_errors
from protune_mm.errors import UserError


def test_user_errors_are_one_line(capsys):

    @one_sentence_errors
    def main():
        raise UserError('a is 3: set it to 2.')

    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert capsys.readouterr().err == 'error: a is 3: set it to 2.\n'


def test_other_errors_pass():

    @one_sentence_errors
    def main():
        raise ValueError('ours')

    with pytest.raises(ValueError, match='ours'):
        main()
