"""What a delta leaves out."""
import torch
from torch import nn

from protune_mm.tuning.base import BASE, Base, fingerprint
from protune_mm.tuning.delta import delta_of, is_delta, tuned_parts


class Tuned(nn.Module):
    """A backbone of two layers, of which the second trains."""

    def __init__(self, base=True):
        super().__init__()
        self.frozen = nn.Linear(1, 2)
        self.prompts = nn.Linear(2, 1)
        state = {f'frozen.{k}': v for k, v in self.frozen.state_dict().items()}
        self.base = base and Base(
            fingerprint(state), dict(checkpoint='x'), frozenset(state))

    def trained_parts(self):
        return ('prompts', )


def test_it_leaves_out_what_the_base_has():
    model = nn.ModuleDict(dict(backbone=Tuned(), head=nn.Linear(1, 1)))
    state = model.state_dict()
    found, whole = delta_of(model, state)
    assert not whole and is_delta(found) and not is_delta(state)
    own = {
        f'{p}.{k}'
        for p in ('backbone.prompts', 'head')
        for k in ('weight', 'bias')
    }
    assert found.keys() == own | {f'backbone.{BASE}'}
    assert Base.decode(found[f'backbone.{BASE}']).number == 2
    assert 'backbone.frozen.weight' in state  # it stays as it is
    average = {f'module.{k}': v for k, v in state.items()}
    found, _ = delta_of(model, average, 'module.')
    assert f'module.backbone.{BASE}' in found
    assert 'module.backbone.frozen.weight' not in found


def test_a_backbone_by_itself():
    found, _ = delta_of(Tuned(), Tuned().state_dict())
    assert len(found) == 4  # those are other weights than its own
    model = Tuned()
    found, _ = delta_of(model, model.state_dict())
    assert found.keys() == {'prompts.weight', 'prompts.bias', BASE}


def test_it_keeps_what_no_base_has():
    """Nothing that was trained is ever left out."""
    unknown = nn.ModuleDict(dict(backbone=Tuned(base=None)))
    found, whole = delta_of(unknown, unknown.state_dict())
    assert whole == ['backbone'] and not is_delta(found)
    changed = nn.ModuleDict(dict(backbone=Tuned()))
    with torch.no_grad():
        changed.backbone.frozen.weight += 1
    found, whole = delta_of(changed, changed.state_dict())
    assert whole == ['backbone'] and len(found) == 4


def test_tuned_parts():
    model = Tuned()
    assert tuned_parts(model) == {'': model}
    assert tuned_parts(nn.Linear(1, 1)) == {}
    model.trained_parts = lambda: None  # nothing of it is frozen
    assert tuned_parts(model) == {}
