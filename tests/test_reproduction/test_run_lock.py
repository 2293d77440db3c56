"""A run is trained by one process at a time."""
import subprocess
import sys

import pytest

from protune_mm.reproduction.run_lock import RunTaken, run_lock


def test_taken_until_it_ends(tmp_path):
    folder = tmp_path / 'new/run'
    with run_lock(folder):
        with pytest.raises(RunTaken):
            with run_lock(folder):
                pass
    with run_lock(folder):
        pass


def test_who_trains_holds_it_when_who_began_is_gone(tmp_path):
    with run_lock(tmp_path) as lock:
        child = subprocess.Popen([sys.executable, '-c', 'input()'],
                                 stdin=subprocess.PIPE,
                                 pass_fds=[lock.fileno()])
    with pytest.raises(RunTaken):
        with run_lock(tmp_path):
            pass
    child.communicate(b'\n')
    with run_lock(tmp_path):
        pass
