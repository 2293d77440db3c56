"""Resident memory, where the system tells."""
import sys
from pathlib import Path

import numpy as np
import pytest

from protune_mm.costs import resident
from protune_mm.costs.resident import ResidentPeak

NUMBER = 64 * 1024 * 1024


@pytest.mark.skipif(sys.platform != 'linux', reason='asks Linux')
def test_peak():
    with ResidentPeak() as peak:
        np.ones(NUMBER, np.uint8)  # and away again
    assert NUMBER * .9 < peak.growth < NUMBER * 2
    with ResidentPeak() as peak:
        pass
    assert peak.growth < NUMBER / 2


def test_other_systems(monkeypatch):
    monkeypatch.setattr(resident, 'PEAK', Path('/not/there'))
    with ResidentPeak() as peak:
        pass
    assert peak.growth is None
