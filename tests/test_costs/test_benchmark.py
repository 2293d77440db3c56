"""Ways of tuning side by side."""
import pytest
import torch

from protune_mm.costs.arms import FINETUNE, HEAD, PROTUNE
from protune_mm.costs.benchmark import Benchmark, Setup
from protune_mm.errors import UserError
from tests.slim_configs import classifier

NAMES = [arm.name for arm in (FINETUNE, HEAD, *PROTUNE)]


def test_rows():
    benchmark = Benchmark(classifier(), Setup(2, (32, 32), rounds=2))
    state = torch.get_rng_state()
    rows = benchmark.run()
    assert [(row.part, row.tuning) for row in rows] == [
        (part, name) for part in ('backbone', 'model') for name in NAMES
    ]
    first, head, plain = rows[:3]
    assert first.step_ratio == first.kept_ratio == 1 and not first.step_spread
    assert head.kept_bytes == 0 and rows[6].kept_bytes > 0
    assert plain.kept_ratio == plain.kept_bytes / first.kept_bytes
    for row in rows:
        assert row.step_s > 0 and row.forward_s > 0 and row.folded_s is None
        assert row.images_per_s == 2 / row.step_s
        assert row.peak_bytes > row.kept_bytes
        assert row.floor_bytes == plain.floor_bytes > 0
    assert torch.equal(torch.get_rng_state(), state)


def test_folded_norms():
    """Whoever folds gets models in eval mode; only forward runs."""
    seen = []

    def fold(model):
        seen.append(model.training)
        return model

    setup = Setup(2, (32, 32), rounds=1, parts=('backbone', ))
    rows = Benchmark(classifier(), setup, fold).run()
    assert seen == [False] * len(NAMES)
    assert all(row.folded_s > 0 for row in rows)


def test_a_peer(monkeypatch):
    monkeypatch.setattr('protune_mm.costs.benchmark.convert',
                        lambda model, peer: model)
    setup = Setup(2, (32, 32), 1, parts=('backbone', ), peer='memsave_torch')
    rows = Benchmark(classifier(), setup).run()
    assert rows[-1].tuning == 'memsave_torch'
    assert rows[-1].kept_bytes == rows[2].kept_bytes


def test_stock_backbones():
    with pytest.raises(UserError, match='type=ResNet knows one way'):
        Benchmark(classifier(type='ResNet'), Setup(2, (32, 32)))
