"""Prototypes of tokens: what they are made of, drawn how, in what memory."""
import pytest
import torch

from protune_mm.engine.prototypes import BATCH, PROTOTYPES, MeanPrototypes
from protune_mm.errors import UserError

each_strategy = pytest.mark.parametrize('name', PROTOTYPES)


def images(number, length, channels=3, seed=0):
    return torch.randn(
        number, length, channels, generator=torch.manual_seed(seed))


def build(name, number, *batches, seed=0):
    prototypes = PROTOTYPES[name](number, seed)
    for batch in batches:
        prototypes.add(batch)
    return prototypes.result()


def windows(tokens, bounds):
    """Slices of images, at the places that a test states."""
    return [tokens[:, a:b] for a, b in zip(bounds, bounds[1:])]


def rows_in(found, expected):
    """Whether each row is one of the expected ones."""
    distance = (found[:, None] - expected).abs().amax(-1)
    return bool((distance.min(1).values < 1e-5).all())


@each_strategy
def test_shape_and_independence(name):
    batches = images(5, 6), images(2, 9, seed=1)
    found = build(name, 4, *batches)
    assert found.shape == (4, 3) and found.dtype == torch.float32
    assert len(found.unique(dim=0)) == 4
    assert torch.equal(found, build(name, 4, *batches))
    assert not torch.equal(found, build(name, 4, *batches, seed=1))


def test_random_draws_every_token_equally_often():
    """Also over batches, of which a later one has longer images."""
    tokens = torch.arange(20.).view(-1, 1)
    batches = tokens[:8].view(2, 4, 1), tokens[8:].view(1, 12, 1)
    counts = torch.zeros(20)
    for seed in range(1000):
        found = build('random', 5, *batches, seed=seed).flatten().long()
        assert len(set(found.tolist())) == 5
        counts[found] += 1
    # 250 of each are expected; five standard deviations are 68.
    assert (counts - 250).abs().max() < 68


@pytest.mark.parametrize('number, length, bounds', [
    (20, 196, [*range(0, 191, 10), 196]),
    (4, 12, [0, 3, 6, 9, 12]),
    (3, 7, [0, 3, 6, 7]),
    (1, 5, [0, 5]),
    (2, 6, [0, 3, 6]),
    (15, 30, [*range(0, 31, 2)]),
    (9, 3, [0, 1, 2, 3]),
])
@pytest.mark.parametrize('name, pool', [('mean', torch.mean),
                                        ('max', torch.amax)])
def test_windows(name, pool, number, length, bounds):
    tokens = images(2, length)
    found = PROTOTYPES[name](number, 0).candidates(tokens)
    expected = [pool(part, dim=1) for part in windows(tokens, bounds)]
    torch.testing.assert_close(found, torch.stack(expected, dim=1))


@pytest.mark.parametrize('number', [30, 50, 100, 197, 300])
def test_windows_where_the_published_code_goes_wrong(number):
    """All tokens count, and no two windows are equal."""
    tokens = torch.eye(196)[None]
    weights = MeanPrototypes(number, 0).candidates(tokens)[0]
    assert weights.size(0) == min(number, 196)
    assert (weights.sum(0) > 0).all()
    assert len(weights.unique(dim=0)) == len(weights)


@pytest.mark.parametrize('name, pool', [('mean', torch.mean),
                                        ('max', torch.amax)])
def test_pooled_prototypes_come_from_many_images(name, pool):
    tokens = images(30, 9)
    found = build(name, 5, tokens[:15], tokens[15:])
    parts = [pool(p, dim=1) for p in windows(tokens, [0, 2, 4, 6, 8, 9])]
    every = torch.cat(parts)
    assert rows_in(found, every)
    places = torch.cdist(found, every).argmin(1)
    assert len({place % 30 for place in places.tolist()}) > 2
    assert len({place // 30 for place in places.tolist()}) > 1


def test_kmeans_finds_the_clusters():
    """Its first batches are too small to start from."""
    centres = 100 * torch.eye(4, 6)
    noise = images(40, 1, 6)
    tokens = noise + centres.repeat(10, 1)[:, None]
    found = build('kmeans', 4, *tokens.split(3))
    order = torch.cdist(centres, found).argmin(1)
    assert sorted(order.tolist()) == [0, 1, 2, 3]
    assert (found[order] - centres).abs().max() < 2


@each_strategy
def test_memory_does_not_grow(name):
    prototypes = PROTOTYPES[name](3, 0)
    for seed in range(50):
        prototypes.add(images(8, 6, seed=seed))
    held = [x for x in vars(prototypes).values() if torch.is_tensor(x)]
    # Of 2,400 tokens: the prototypes, or less than a batch of k-means.
    rows = BATCH if name == 'kmeans' else 3
    assert 0 < len(held) and sum(x.numel() for x in held) <= rows * 4 + 1


@each_strategy
def test_an_even_background_gives_one_prototype(name):
    """Equal prompts would stay equal."""
    tokens = torch.ones(40, 50, 3)
    tokens[:, :2] = images(40, 2)
    found = build(name, 12, *tokens.split(4))
    assert torch.pdist(found).min() > 1e-3


@each_strategy
def test_too_few_images_are_refused(name):
    unit = 'windows' if name in ('mean', 'max') else 'tokens'
    tokens = images(2, 3)
    assert len(build(name, 6, tokens)) == 6
    with pytest.raises(UserError, match=f'6 different {unit}, .* 7 prompts'):
        build(name, 7, tokens, tokens)
