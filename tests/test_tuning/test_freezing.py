"""Freezing by declaration."""
import torch
from torch import nn

from protune_mm.tuning import freeze, keep_in_eval, split_state


class Backbone(nn.Module):
    """A backbone that trains one nested part; names are near-misses."""

    def __init__(self):
        super().__init__()
        self.part = nn.ModuleDict(
            dict(new=nn.BatchNorm1d(2), newer=nn.BatchNorm1d(2)))
        self.parts = nn.BatchNorm1d(2)

    def trained_parts(self):
        return ('part.new', )


def test_freeze_takes_whole_names_only():
    model = Backbone()
    freeze(model, model.trained_parts())
    assert {n
            for n, p in model.named_parameters()
            if p.requires_grad} == {'part.new.weight', 'part.new.bias'}


def test_freeze_does_not_unfreeze():
    model = Backbone()
    model.part.new.bias.requires_grad_(False)
    freeze(model, model.trained_parts())
    assert not model.part.new.bias.requires_grad


def test_eval_everywhere_else():
    model = Backbone().train()
    keep_in_eval(model, model.trained_parts())
    assert [n for n, m in model.named_modules() if m.training] == ['part.new']


def test_a_part_keeps_the_modes_inside():
    """As those of norms that a host's norm_eval has put in eval mode."""
    model = nn.Sequential(
        nn.Sequential(
            nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)), nn.Dropout()))
    model.train()
    model[0][0][1].eval()
    keep_in_eval(model, ['0.0'])
    assert [n for n, m in model.named_modules()
            if m.training] == ['0.0', '0.0.0']


def test_split_state_knows_buffers_and_nesting():
    model = nn.ModuleDict(dict(backbone=Backbone(), head=nn.Linear(2, 2)))
    trained, frozen = split_state(model)
    assert trained.keys() | frozen.keys() == model.state_dict().keys()
    assert 'backbone.part.new.running_mean' in trained
    assert 'head.weight' in trained
    assert 'backbone.part.newer.running_mean' in frozen
    assert all(k.startswith('backbone.') for k in frozen)
    assert not trained.keys() & frozen.keys()
    assert torch.equal(trained['head.weight'], model.head.weight)
