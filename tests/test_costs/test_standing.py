"""What is held whatever the batch."""
import pytest
from mmengine.config import Config
from torch import nn

from protune_mm.costs.standing import (largest_batch, optimizer_states,
                                       standing_bytes)


def config(**optimizer):
    return Config(dict(optim_wrapper=dict(optimizer=optimizer)))


@pytest.mark.parametrize('optimizer, states', [
    (dict(type='SGD', lr=1.), 0),
    (dict(type='SGD', lr=1., momentum=.9), 1),
    (dict(type='AdamW'), 2),
    (dict(type='mmengine.Unheard'), 2),
])
def test_optimizers(optimizer, states):
    assert optimizer_states(config(**optimizer)) == states


def test_only_what_trains_has_gradients():
    model = nn.Sequential(nn.Linear(3, 1), nn.BatchNorm1d(2))
    model[0].requires_grad_(False)
    held = standing_bytes(config(type='Adam'), model)
    # Batch norm counts its batches by a number of eight bytes.
    assert held == (4 * (4 + 4 + 4) + 8, 4 * 4, 2 * 4 * 4)
    assert held.total == sum(held)


@pytest.mark.parametrize('budget, number', [(100, 0), (130, 1), (149, 1),
                                            (150, 2), (1130, 51)])
def test_largest_batch(budget, number):
    assert largest_batch(budget, 100, 30., 50.) == number


def test_free_images():
    assert largest_batch(100, 50, 10., 10.) is None
