"""Prompts among the relative positions of BEiT and MAE."""
import pytest
import torch

from protune_mm.hosts.beit import _attend
from tests.small_maps import PROMPTED, stock, twin


@pytest.mark.parametrize('name, arguments', [('BEiT', dict()),
                                             ('BEiT', dict(qv_bias=False)),
                                             ('MAE', dict())])
def test_prompts_attend_without_a_position(name, arguments):
    """By the definition of attention, token by token."""
    attn = stock(name, **arguments).layers[0].attn
    for parameter in attn.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    tokens, length = torch.rand(2, 17 + 3, 32), 3
    # Where each of the tokens is among the positions, None for a prompt.
    place = [0, *[None] * length, *range(1, 17)]
    x = attn.qkv(tokens)
    if attn.bias == 'qv_bias':
        x = x + torch.cat(
            (attn.q_bias, torch.zeros_like(attn.q_bias), attn.v_bias))
    query, key, value = x.chunk(3, dim=-1)
    bias = torch.zeros(20, 20, 4)
    for i, a in enumerate(place):
        for j, b in enumerate(place):
            if a is not None and b is not None:
                row = attn.relative_position_index[a, b]
                bias[i, j] = attn.relative_position_bias_table[row]
    heads = []
    for h, part in enumerate(torch.arange(32).chunk(4)):
        scores = query[..., part] @ key[..., part].mT / 8**0.5
        heads.append((scores + bias[..., h]).softmax(-1) @ value[..., part])
    expected = attn.proj(torch.cat(heads, -1))
    torch.testing.assert_close(_attend(attn, tokens), expected)
    assert torch.equal(_attend(attn, tokens[:, 3:]), attn(tokens[:, 3:]))


@pytest.mark.parametrize('name', ['BEiT', 'MAE'])
def test_maps_are_without_prompts(name):
    model = twin(name, PROMPTED, prompt_length=3).eval()
    maps = model(torch.rand(2, 3, 32, 32))
    assert [tuple(x.shape) for x in maps] == [(2, 32, 4, 4)] * 2
