import torch
from torch import nn

from protune_mm.hosts import Weights
from protune_mm.hosts.weights import find_weights


class QueryBias(nn.Module):
    """As BEiT's attention: the weight is taken, its layer is not called."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(4, 12, bias=False)
        self.q_bias = nn.Parameter(torch.zeros(4))
        self.proj = nn.Linear(4, 4)


def test_where_they_are_and_who_takes_them():
    model = nn.ModuleDict(
        dict(
            conv=nn.Conv2d(3, 4, 3, bias=False),
            norm=nn.BatchNorm2d(4),
            plain=nn.LayerNorm(4, elementwise_affine=False),
            attn=nn.MultiheadAttention(4, 1),
            beit=QueryBias(),
            act=nn.GELU()))
    found = find_weights(model)
    assert found == [
        Weights('conv'),
        Weights('norm'),
        Weights('attn', 'in_proj_weight', 'in_proj_bias', 'attn'),
        Weights('attn.out_proj', user='attn'),
        Weights('beit.qkv', user='beit', more=('beit.q_bias', 'beit.v_bias')),
        Weights('beit.proj')
    ]
    assert found[0].bias_of(model) is None
    assert found[2].of(model) is model['attn'].in_proj_weight


def test_inside_and_apart():
    model = nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.Linear(1, 1)))
    assert find_weights(model, ['1']) == [Weights('1.0')]
    assert find_weights(model, apart=['1']) == [Weights('0')]
