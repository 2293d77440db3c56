"""tools/reproduce.py: damaged records, a full disk, Ctrl-C, a second copy."""
import fcntl
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import ROOT, environment, run_tool
from tests.test_tools.test_reproduce import (FOLDER, NAME, RUNS, SMALL, rows,
                                             wait_for)


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """A part of Table 8 on embedded data that has been run."""
    place = tmp_path_factory.mktemp('finished')
    process = run_tool('reproduce.py', *SMALL, cwd=place)
    assert process.returncode == 0, process.stderr[-3000:]
    return place


@pytest.fixture
def place(finished, tmp_path):
    """A copy of it."""
    return Path(shutil.copytree(finished, tmp_path / 'place'))


@pytest.mark.parametrize('content', ['', '{"fingerprint": '])
def test_a_damaged_record_is_made_again(place, content):
    (place / RUNS.format('head', 'result.json')).write_text(content)
    process = run_tool('reproduce.py', *SMALL, cwd=place)
    assert process.returncode == 0, process.stderr[-3000:]
    assert '1 done, 1 interrupted, 0 to do' in process.stdout
    assert len(rows(place / FOLDER / NAME.format('embedded', 'csv'))) == 2


def test_a_full_disk(place):
    path = place / FOLDER / NAME.format('embedded', 'csv')
    before = path.read_bytes()
    partial = path.with_name(f'{path.name}.part0')  # as it is being written
    partial.symlink_to('/dev/full')
    process = run_tool('reproduce.py', *SMALL, cwd=place)
    assert not partial.is_symlink()  # nothing is left of it
    assert path.read_bytes() == before
    assert process.returncode == 2
    assert 'Traceback' not in process.stderr
    assert 'make room on the disk, and start again' in process.stderr


def test_a_second_copy(place):
    """What another process trains is left to it, and has not failed."""
    (place / RUNS.format('head', 'result.json')).unlink()
    with open(place / RUNS.format('head', 'lock'), 'w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        process = run_tool('reproduce.py', *SMALL, cwd=place)
    assert process.returncode == 0, process.stderr[-3000:]
    assert 'seed 0: another process is training this run' in process.stdout
    assert 'failed' not in process.stdout


def hear_ctrl_c():
    """A script in the background hands on that SIGINT is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c(tmp_path):
    with open(tmp_path / 'log', 'w') as log:
        process = subprocess.Popen(
            [sys.executable, ROOT / 'tools/reproduce.py', *SMALL],
            cwd=tmp_path,
            env=environment(),
            stdout=log,
            stderr=log,
            preexec_fn=hear_ctrl_c)
        wait_for(process, tmp_path / RUNS.format('head', 'last_checkpoint'))
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    text = (tmp_path / 'log').read_text()
    assert 'Traceback' not in text
    assert '\nstopped: what had been saved is still there.\n' in text
