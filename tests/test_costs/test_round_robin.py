"""Jobs in turn."""
import pytest

from protune_mm.costs.round_robin import paired_ratio, round_robin


def test_each_round_begins_with_another(monkeypatch):
    order, waits, done = [], [], []
    jobs = {name: lambda name=name: order.append(name) for name in 'abc'}
    times = round_robin(jobs, 4, lambda: waits.append(1),
                        lambda: done.append(1))
    assert ''.join(order) == 'abc' 'bca' 'cab' 'abc'
    assert {
        name: len(found)
        for name, found in times.items()
    } == dict(
        a=4, b=4, c=4)
    assert len(waits) == 2 * len(done) == 24


def test_times(monkeypatch):
    clock = iter([0., 1., 5., 8.])
    monkeypatch.setattr('time.perf_counter', lambda: next(clock))

    def nothing():
        pass

    times = round_robin(dict(a=nothing, b=nothing), 1, nothing, nothing)
    assert times == dict(a=[1.], b=[3.])


def test_ratios_are_of_the_same_round():
    # The machine was twice as slow in the second round.
    ratio = paired_ratio([2., 4., 3.], [1., 2., 1.])
    assert ratio.middle == 2. and ratio.spread == pytest.approx(.577, abs=.01)
    assert paired_ratio([2.], [1.]) == (2., 0.)
