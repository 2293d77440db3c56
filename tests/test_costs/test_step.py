"""What a step keeps, computes and takes."""
import pytest
import torch
from torch import nn

from protune_mm.costs.arms import FINETUNE, HEAD, PROTUNE, build_arm
from protune_mm.costs.step import FlopSum, Step, count_step, growth
from protune_mm.costs.synthetic import synthetic_batch
from protune_mm.errors import UserError
from tests.slim_configs import UPERNET, classifier, read


def step_of(arm, part='model', dtype='float32', edge=32, **backbone):
    cfg = classifier(**backbone)
    model = build_arm(cfg, arm)
    batch = synthetic_batch(cfg, model, 2, (edge, edge))
    return Step(model, batch, part, dtype)


def test_flops_of_a_layer():
    layer, x = nn.Linear(3, 5), torch.ones(7, 3)
    with FlopSum() as flops:
        y = layer(x)
        assert flops.total == 2 * 3 * 5 * 7
        # Of the two factors only the weight needs a gradient.
        assert flops.backward == flops.total
        y.sum().backward()
    assert flops.total == 2 * 2 * 3 * 5 * 7


def test_flops_of_backward_are_known_before():
    step = step_of(FINETUNE)
    with FlopSum() as flops:
        loss = step.loss()
        before = flops.total + flops.backward
        loss.backward()
    assert flops.total == before


def test_a_frozen_backbone_keeps_nothing():
    counted = count_step(step_of(HEAD, 'backbone'))
    assert counted.kept == 0 < counted.flops
    assert count_step(step_of(HEAD)).kept > 0


def test_counts_repeat_and_leave_no_gradients():
    step = step_of(PROTUNE[0])
    first = count_step(step)
    assert count_step(step) == first
    assert first.kept < first.peak
    assert all(x.grad is None for x in step.model.parameters())
    step.run()
    assert all(x.grad is None for x in step.model.parameters())


def test_kept_is_what_autograd_keeps():
    """A second way to count: hooks on all that is saved."""
    step = step_of(FINETUNE, 'backbone', frozen_stages=-1)
    known = {
        x.untyped_storage().data_ptr()
        for x in [*step.model.parameters(), *step.model.buffers()]
    } | {step.batch['inputs'].untyped_storage().data_ptr()}
    saved = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            saved[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        loss = step.loss()
    # The loss itself, and batch norm's statistics on their way.
    assert count_step(step).kept == pytest.approx(sum(saved.values()), rel=.01)
    assert loss.requires_grad


def test_mixed_precision_keeps_less():
    full = count_step(step_of(FINETUNE, 'backbone', edge=256))
    half = count_step(step_of(FINETUNE, 'backbone', 'bfloat16', edge=256))
    assert half.kept < .8 * full.kept


def test_a_batch_that_is_too_small():
    cfg = read(UPERNET)
    model = build_arm(cfg)
    batch = synthetic_batch(cfg, model, 1, (64, 64))
    with pytest.raises(UserError, match='a batch of 1: give --batch 2'):
        Step(model, batch).run()


def test_tests_need_no_gradients():
    step = step_of(FINETUNE)
    seen = []
    step.model.backbone.register_forward_hook(
        lambda module, inputs, output: seen.append(
            (module.training, output[-1].requires_grad)))
    step.infer()
    step.run()
    assert seen == [(False, False), (True, True)]


def test_growth():
    grown = growth(step_of(FINETUNE))
    assert grown is None or grown >= 0
