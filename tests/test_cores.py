"""How many cores there are, also where one cannot ask for one's own."""
import os

from protune_mm.cores import usable_cores


def test_usable_cores(monkeypatch):
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: range(6))
    assert usable_cores() == 6
    monkeypatch.delattr(os, 'sched_getaffinity')
    monkeypatch.setattr(os, 'cpu_count', lambda: 8)
    assert usable_cores() == 8
