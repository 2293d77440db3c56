"""Bytes count from the operation that makes them to their end."""
import gc
import weakref

import torch

from protune_mm.costs import LiveBytes

FOUR = 4 * 4  # bytes of four numbers


def test_what_autograd_keeps_is_alive():
    weight = torch.ones(4, requires_grad=True)
    with LiveBytes([weight]) as live:
        y = (weight * 2).exp().sum()
        assert live.now == FOUR + 4  # exp's output, and the sum
        y.backward()
        del y
    assert live.now == FOUR  # the gradient
    assert live.peak >= 2 * FOUR


def test_views_and_known_tensors_do_not_count():
    known = torch.ones(4)
    with LiveBytes([known]) as live:
        known.view(2, 2)
        x = known + 1
        y = x[:2]
        assert live.now == FOUR
        del x
        assert live.now == FOUR
        del y
        assert live.now == 0


def test_garbage_stays_young():
    """So that the youngest generation is all that has to be collected."""

    class Holder:
        pass

    threshold = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        with LiveBytes() as live:
            holder = Holder()
            holder.itself, holder.tensor = holder, torch.ones(4) * 1
            many = [[] for _ in range(1000)]  # as others would collect
            del holder, many
            gc.collect(0)
            assert live.now == 0
        assert gc.isenabled()
    finally:
        gc.set_threshold(*threshold)


def test_what_was_known_is_not_held_afterwards():
    """Gradients, which it watches, are held by parameters that it knows."""
    layer = torch.nn.Linear(3, 3)
    with LiveBytes(layer.parameters()):
        layer(torch.ones(1, 3)).sum().backward()
    weight = weakref.ref(layer.weight)
    del layer
    gc.collect()
    assert weight() is None
