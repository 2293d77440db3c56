import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from protune_mm.hosts import Weights
from protune_mm.hosts.call import Call
from protune_mm.hosts.changed_weights import change_weights
from protune_mm.layers import LowRank, ScaleShift
from tests.test_hosts.test_weights import QueryBias


class Attention(QueryBias):

    def forward(self, x):
        return self.proj(nn.functional.linear(x, self.qkv.weight)[..., :4])


class OfTorch(nn.Module):

    def __init__(self):
        super().__init__()
        self.attn = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x):
        return self.attn(x, x, x)[0]


def tuned(user, *changes):
    """A backbone whose attention takes changed weights."""
    model = nn.Module()
    model.call = Call()
    model.user = user
    model.tuned = nn.ModuleDict({name: layer for name, layer, _ in changes})
    for name, _, weights in changes:
        change_weights(model, (weights, 'tuned', name))
    for parameter in model.tuned.parameters():
        nn.init.normal_(parameter)
    return model.eval()


def of_beit():
    user = Attention()
    return tuned(user, ('qkv', LowRank(user.qkv.weight, 2,
                                       1.), Weights('user.qkv', user='user')))


def of_torch():
    user = OfTorch()
    mha = user.attn
    path = 'user.attn'
    return tuned(user, ('in', LowRank(mha.in_proj_weight, 2, 1.),
                        Weights(path, 'in_proj_weight', 'in_proj_bias', path)),
                 ('scale', ScaleShift(12),
                  Weights(path, 'in_proj_weight', 'in_proj_bias', path)),
                 ('out', LowRank(mha.out_proj.weight, 2,
                                 1.), Weights(f'{path}.out_proj', user=path)))


def merged(model):
    """The same module with the changes in its weights."""
    user = copy.deepcopy(model.user)
    for module in user.modules():
        vars(module).pop('forward', None)
    with torch.no_grad():
        if isinstance(user, Attention):
            weight = user.qkv.weight
            weight += model.tuned['qkv'].change(weight)['weight'] - weight
            return user
        mha = user.attn
        change = model.tuned['in'].change(mha.in_proj_weight)
        change = model.tuned['scale'].change(change['weight'],
                                             mha.in_proj_bias)
        mha.in_proj_weight.copy_(change['weight'])
        mha.in_proj_bias.copy_(change['bias'])
        weight = mha.out_proj.weight
        weight.copy_(model.tuned['out'].change(weight)['weight'])
    return user


@pytest.mark.parametrize('make', [of_beit, of_torch])
def test_as_if_they_were_merged(make):
    model = make()
    x = torch.rand(2, 5, 4)
    names = list(model.user.state_dict())
    torch.testing.assert_close(model.user(x), merged(model)(x))
    assert list(model.user.state_dict()) == names
    model.user(x).sum().backward()
    assert all(p.grad is not None for p in model.tuned.parameters())


@pytest.mark.parametrize('make', [of_beit, of_torch])
def test_copies_have_their_own(make):
    model = make()
    x = torch.rand(2, 5, 4)
    expected = model.user(x)
    for clone in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(clone.user(x), expected)
        for parameter in clone.tuned.parameters():
            nn.init.zeros_(parameter)
        assert not torch.equal(clone.user(x), expected)
        assert torch.equal(model.user(x), expected)


def test_stock_and_threads_at_the_same_time():
    model = of_torch()
    x = torch.rand(2, 5, 4)

    def run(stock):
        model.call.stock = stock
        with torch.no_grad():
            return model.user(x)

    expected = {stock: run(stock) for stock in (False, True)}
    assert not torch.equal(expected[False], expected[True])
    order = [bool(i % 3) for i in range(60)]
    with ThreadPoolExecutor(4) as pool:
        for stock, found in zip(order, pool.map(run, order)):
            assert torch.equal(found, expected[stock])
