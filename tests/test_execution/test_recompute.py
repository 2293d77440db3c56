"""A second run in backward, of which nothing is seen."""
from contextlib import contextmanager

import torch
from torch import nn

from protune_mm.costs import LiveBytes
from protune_mm.execution import once, recompute


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Dropout(),
        nn.GELU(), nn.Conv2d(4, 4, 1))


def run(way):
    model, x = network(), torch.rand(2, 4, 6, 6).requires_grad_()
    torch.manual_seed(1)
    with LiveBytes([*model.parameters(), *model.buffers(), x]) as live:
        loss = way(model, x).sum()
        kept = live.now
        torch.rand(1)  # random numbers drawn in between
        loss.backward()
    state = [x.grad, *[p.grad for p in model.parameters()], *model.buffers()]
    return state, kept, torch.rand(1)


def test_the_same_as_one_run():
    expected, kept, number = run(lambda model, x: model(x))
    state, less, after = run(lambda model, x: recompute(model, model, x))
    assert all(map(torch.equal, expected, state))
    assert torch.equal(number, after)
    assert less < kept / 4


def test_without_a_gradient_it_runs_once():
    model, runs = network().requires_grad_(False), []
    model.register_forward_hook(lambda *args: runs.append(1))
    recompute(model, model, torch.rand(2, 4, 6, 6))
    with torch.no_grad():
        recompute(model, model, torch.rand(2, 4, 6, 6).requires_grad_())
    assert len(runs) == 2


def test_what_is_made_once():
    made = []

    def make():
        made.append(1)
        return len(made)

    def forward(x):
        return (x * once(make) * once(make)).sin()

    x = torch.rand(3, requires_grad=True)
    loss = recompute(nn.Identity(), forward, x).sum()
    for _ in range(2):
        grad, = torch.autograd.grad(loss, x, retain_graph=True)
        assert torch.equal(grad, (2 * x).cos() * 2)
    assert len(made) == 2
    forward(x)  # outside it is made anew
    assert len(made) == 4


def test_scene_of_the_first_run():
    """What a call has set meanwhile does not reach its second run."""
    now = dict(scale=2)

    def scene():
        then = dict(now)

        @contextmanager
        def as_then():
            before = dict(now)
            now.update(then)
            try:  # a second run ends where all is found
                yield
            finally:
                now.update(before)

        return as_then

    x = torch.rand(3, requires_grad=True)
    y = recompute(
        nn.Identity(), lambda x: (x * now['scale']).exp(), x, scene=scene)
    now['scale'] = 5
    y.sum().backward()
    torch.testing.assert_close(x.grad, 2 * (2 * x).exp())
    assert now['scale'] == 5
