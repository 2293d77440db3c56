"""Prompts on maps, on tokens, and on tuples that begin with tokens."""
import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.hosts.feature_layout import ChannelsLast, blend

SIZE = (3, 5)  # not square: exchanged axes would show


def feature_map():
    return torch.rand(2, 4, *SIZE, generator=torch.manual_seed(0))


def tokens_of(x):
    """Row by row, written out token by token."""
    height, width = x.shape[2:]
    return torch.stack(
        [x[:, :, i, j] for i in range(height) for j in range(width)], 1)


def prompts(x):
    """A map that depends on the channel and on the place."""
    rows = torch.arange(x.shape[2]).view(-1, 1)
    columns = torch.arange(x.shape[3])
    channels = torch.arange(x.shape[1]).view(-1, 1, 1)
    return x + 100 * rows + 10 * columns + channels


def test_a_map_stays_a_map():
    x = feature_map()
    assert torch.equal(blend(prompts, (x, ), x), prompts(x))
    # A map needs no size, and a module's other inputs do not matter.
    assert torch.equal(blend(prompts, (x, (9, 9)), x), prompts(x))


def test_channels_last_stay_last():
    x = feature_map()
    got = blend(prompts, (ChannelsLast(), ), x.permute(0, 2, 3, 1))
    assert got.is_contiguous()
    assert torch.equal(got, prompts(x).permute(0, 2, 3, 1))


@pytest.mark.parametrize('size', [SIZE, list(SIZE), torch.Size(SIZE)])
def test_tokens_stay_tokens(size):
    x = feature_map()
    got = blend(prompts, (tokens_of(x), size), tokens_of(x))
    assert torch.equal(got, tokens_of(prompts(x)))


def test_the_size_is_found_among_the_inputs():
    x = feature_map()
    inputs = (tokens_of(x), None, SIZE)
    got = blend(prompts, inputs, tokens_of(x))
    assert torch.equal(got, tokens_of(prompts(x)))


def test_tokens_with_their_size_stay_such_a_pair():
    """A module that changes the size returns the new one, as mergings do."""
    x = feature_map()
    inputs = (torch.rand(2, 60, 4), (6, 10))
    pair = blend(prompts, inputs, (tokens_of(x), SIZE))
    assert type(pair) is tuple and len(pair) == 2 and pair[1] == SIZE
    assert torch.equal(pair[0], tokens_of(prompts(x)))


def test_several_maps_are_refused():
    """A stage of mmdet's Swin returns its map before and after merging."""
    tokens = tokens_of(feature_map())
    with pytest.raises(UserError, match='returns tuple'):
        blend(prompts, (tokens, SIZE), (tokens, SIZE, tokens, SIZE))


def test_gradients_pass():
    x = feature_map().requires_grad_()
    weight = torch.rand(2, 15, 4)
    (blend(lambda y: 3 * y, (None, SIZE), tokens_of(x)) * weight).sum() \
        .backward()
    assert torch.allclose(tokens_of(x.grad), 3 * weight)


@pytest.mark.parametrize('inputs, output, named', [
    ((None, SIZE), torch.rand(2, 4), r'\(2, 4\)'),
    ((None, ), torch.rand(2, 15, 4), r'\(2, 15, 4\)'),
    ((None, SIZE), torch.rand(1, 1, 4, 3, 5), r'\(1, 1, 4, 3, 5\)'),
    ((None, SIZE), [torch.rand(2, 4, 3, 5)], 'list'),
    ((None, SIZE), (torch.rand(2, 4, 3, 5), torch.rand(2, 4)), 'tuple'),
    ((None, SIZE), [torch.rand(2, 15, 4), SIZE], 'list'),
    ((None, SIZE), dict(x=torch.rand(2, 4, 3, 5)), 'dict'),
    ((None, SIZE), None, 'NoneType'),
    ((None, SIZE), (torch.rand(2, 4), SIZE), r'\(2, 4\)'),
])
def test_other_outputs_are_refused_by_their_form(inputs, output, named):
    with pytest.raises(UserError, match=f'returns {named}, not a feature map'):
        blend(prompts, inputs, output)
