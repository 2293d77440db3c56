"""What a checkpoint fills is said exactly."""
import torch
from torch import nn

from protune_mm.tuning import loading_report
from protune_mm.tuning.loading_report import collapse


def test_collapse():
    everything = ['a.b.x', 'a.b.y', 'a.c', 'd.x', 'd.y', 'e']
    assert collapse(['a.b.x', 'a.b.y', 'd.x', 'e'],
                    everything) == ['a.b (2 entries)', 'd.x', 'e']
    assert collapse(everything[:3], everything) == ['a (3 entries)']
    assert collapse([], everything) == []


def test_report():
    model = nn.ModuleDict(
        dict(old=nn.Linear(2, 3), new=nn.Linear(2, 3), head=nn.Linear(3, 4)))
    state = {
        **nn.ModuleDict(dict(old=nn.Linear(2, 3))).state_dict(),
        'head.weight':
        torch.zeros(5, 3),
        'head.bias':
        torch.zeros(4),
        'fc.weight':
        torch.zeros(1),
    }
    text = loading_report(model, state, ['new.weight', 'new.bias'],
                          ['fc.weight'])
    assert text == (
        '3 of 6 entries come from the checkpoint.\n'
        'New, the checkpoint does not have them:\n  new (2 entries)\n'
        'Not loaded, they have another shape:\n  head.weight\n'
        'Unused, the model does not have them:\n  fc.weight')
    full = loading_report(model, model.state_dict(), [], [])
    assert full == '6 of 6 entries come from the checkpoint.'
