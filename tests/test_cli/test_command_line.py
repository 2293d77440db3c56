"""One sentence for what a user can mend, a trace for what is our fault."""
import argparse
import errno
import os
from importlib import import_module

import pytest
from mmengine.config import Config

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


@pytest.mark.parametrize('config', [
    "custom_imports = dict(imports=['mmrotate.models'])",
    "_base_ = 'mmrotate::roi_trans/roi-trans-le90_r50_fpn_1x_dota.py'"
])
def test_a_missing_library_is_one_line(config, tmp_path, capsys):
    (tmp_path / 'config.py').write_text(config)
    with pytest.raises(SystemExit) as stop:
        one_sentence_errors(Config.fromfile)(tmp_path / 'config.py')
    assert stop.value.code == 2
    text = capsys.readouterr().err
    assert text.startswith('error: mmrotate, which this config needs, is not')
    assert text.count('\n') == 1 and 'with pip' in text


@pytest.mark.parametrize('name', ['protune_mm.no_such_part', None])
def test_a_missing_part_has_a_trace(name):

    @one_sentence_errors
    def main():
        if name:
            import_module(name)
        raise ImportError('cannot import name')

    with pytest.raises(ImportError):
        main()


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
