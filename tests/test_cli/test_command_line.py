"""One sentence for what a user can mend, a trace for what is our fault."""
import argparse
import errno
import os

import pytest

from protune_mm.cli import one_sentence_errors, parse_tool_args
from protune_mm.errors import UserError


def test_user_errors_are_one_line(capsys):

    @one_sentence_errors
    def main():
        raise UserError('a is 3: set it to 2.')

    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert capsys.readouterr().err == 'error: a is 3: set it to 2.\n'


def test_a_full_disk_is_one_line(capsys):

    @one_sentence_errors
    def main():
        raise OSError(errno.ENOSPC, 'No space left on device', 'x.pth')

    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    text = capsys.readouterr().err
    assert text.startswith('error: x.pth could not be written or read (No sp')
    assert text.count('\n') == 1 and 'make room on the disk' in text


def test_ctrl_c_is_one_line(capsys):

    @one_sentence_errors
    def main():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 130
    assert capsys.readouterr().err.strip().count('\n') == 0


def test_other_errors_pass():

    @one_sentence_errors
    def main():
        raise ValueError('ours')

    with pytest.raises(ValueError, match='ours'):
        main()


def test_flags_of_every_tool(monkeypatch):
    monkeypatch.delenv('LOCAL_RANK', raising=False)
    monkeypatch.setattr('sys.argv', [
        'x.py', '--work-dir', 'w', '--launcher', 'pytorch', '--local-rank',
        '3', '--cfg-options', 'a.b=1', 'c=[1,2]'
    ])
    args = parse_tool_args(argparse.ArgumentParser())
    assert args.cfg_options == {'a.b': 1, 'c': [1, 2]}
    assert (args.work_dir, args.launcher) == ('w', 'pytorch')
    assert os.environ.pop('LOCAL_RANK') == '3'
