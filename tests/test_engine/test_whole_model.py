"""Models as they are after their training."""
import pytest
import torch
from mmengine.registry import DefaultScope
from torch import nn

from protune_mm.engine.whole_model import build_model, load_whole, refuse_gaps
from protune_mm.errors import UserError
from tests.slim_configs import classifier


@pytest.fixture
def net():
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


def saved(content, folder):
    torch.save(content, folder / 'x.pth')
    return str(folder / 'x.pth')


def test_all_is_there(net, tmp_path):
    expected = {
        name: torch.rand_like(value) if value.dim() else value + 5
        for name, value in net.state_dict().items()
    }
    for content in (expected, dict(state_dict=expected, meta=dict(a=1)), {
            f'module.{name}': value
            for name, value in expected.items()
    }):
        fresh = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        found = load_whole(fresh, saved(content, tmp_path))
        assert found.keys() == content.keys()
        for name, value in fresh.state_dict().items():
            assert torch.equal(value, expected[name])


def test_gaps(net, tmp_path):
    state = net.state_dict()
    del state['0.weight'], state['1.running_var']
    path = saved(state, tmp_path)
    with pytest.raises(UserError) as info:
        load_whole(net, path)
    assert str(info.value).startswith(
        f'{path} does not fill 2 of the 7 entries of the model, which would '
        'be random: 0.weight, 1.running_var. Give the config')


def test_step_counts_may_lack(net, tmp_path):
    state = net.state_dict()
    del state['1.num_batches_tracked']
    load_whole(net, saved(state, tmp_path))


def test_another_shape(net, tmp_path):
    state = dict(net.state_dict(), **{'0.weight': torch.ones(4, 2)})
    with pytest.raises(UserError) as info:
        load_whole(net, saved(state, tmp_path))
    assert '1 of the 7 ' in str(info.value)
    assert '0.weight (4, 2) instead of (3, 2)' in str(info.value)


def test_too_much(net, tmp_path):
    state = dict(net.state_dict(), more=torch.ones(1))
    with pytest.raises(UserError, match='has more, which the model of this'):
        load_whole(net, saved(state, tmp_path))


def test_no_gaps(net):
    refuse_gaps(net, [], [])
    with pytest.raises(UserError, match='^The checkpoint does not fill 1 of'):
        refuse_gaps(net, ['0.bias'], [])


def test_building():
    cfg = classifier()
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = build_model(cfg)
    assert type(model).__module__.startswith('mmpretrain')
    assert model.backbone.prompts and not model.is_init
