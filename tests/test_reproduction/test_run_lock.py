"""A run is trained by one process at a time."""
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
