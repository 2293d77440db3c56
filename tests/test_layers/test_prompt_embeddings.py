"""Prompt tokens on their own: start, shapes, dropout, loading."""
import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.models import PromptEmbeddings


@pytest.mark.parametrize('patch, width, bound', [
    (16, 768, 0.0625),
    (16, 1024, 0.05786),
    (14, 1280, 0.05667),
    (16, 384, 0.07217),
    (4, 128, 0.18464),
    (4, 96, 0.20412),
])
def test_start(patch, width, bound):
    """ViT-B, L, H, DeiT-S, Swin-B and Swin-S of VPT's code."""
    layer = PromptEmbeddings([width] * 12, 50, 3 * patch**2)
    prompts, = layer.values
    assert prompts.abs().max().item() == pytest.approx(bound, abs=1e-4)
    assert prompts.std().item() == pytest.approx(bound / 3**0.5, rel=0.02)
    assert abs(prompts.mean().item()) < 0.01 * bound


def test_blocks_of_several_widths():
    layer = PromptEmbeddings([8, 8, 16, 32, 32], 3, 48)
    assert [tuple(p.shape) for p in layer.parameters()] == [(2, 3, 8),
                                                            (1, 3, 16),
                                                            (2, 3, 32)]
    assert torch.equal(layer(3, batch=2)[1], layer.values[2][0])


def test_projection():
    """One linear layer for all blocks; the start is that of its input."""
    layer = PromptEmbeddings([32] * 4, 3, 48, projection=8)
    assert layer.values[0].shape == (4, 3, 8)
    assert layer.values[0].abs().max() <= (6 / 56)**0.5
    assert torch.equal(
        layer(1, 1)[0], layer.values[0][1] @ layer.projection.weight.T)
    assert sum(p.numel() for p in layer.parameters()) == 4 * 3 * 8 + 9 * 32
    with pytest.raises(UserError, match='prompt_projection'):
        layer.assign([torch.rand(3, 32)] * 4)


def test_dropout_differs_between_images_and_is_off_in_eval():
    layer = PromptEmbeddings([32], 20, 48, dropout=0.5)
    first, second = layer(0, 2)
    kept = first != 0
    assert 0.4 < kept.float().mean() < 0.6
    assert not torch.equal(kept, second != 0)
    assert torch.allclose(first[kept], 2 * layer.values[0][0][kept])
    assert torch.equal(layer.eval()(0, 2)[1], layer.values[0][0])


def test_values_can_be_set():
    layer = PromptEmbeddings([8, 16], 3, 48)
    values = [torch.rand(3, 8), torch.rand(3, 16)]
    layer.assign(values)
    assert all(torch.equal(a, b) for a, b in zip(layer.stored(), values))
    assert all(p.requires_grad and p.is_leaf for p in layer.parameters())
    with pytest.raises(UserError, match=r'1 values of \(3, 8\)'):
        layer.assign(values[:1])
    with pytest.raises(UserError, match=r'\(4, 8\), \(3, 16\)'):
        layer.assign([torch.rand(4, 8), values[1]])


def test_loaded():
    model = torch.nn.ModuleDict(dict(tokens=PromptEmbeddings([8], 3, 48)))
    model.load_state_dict(dict(other=torch.rand(1)), strict=False)
    assert not model['tokens'].loaded
    model.load_state_dict(model.state_dict())
    assert model['tokens'].loaded


@pytest.mark.parametrize('arguments, message', [
    (dict(length=0), "prompt_length=0 must be a .*; .*tuning='head'"),
    (dict(length='20'), "prompt_length='20' must be a whole number"),
    (dict(length=3, dropout=1.5), 'prompt_dropout=1.5 must be at least 0'),
    (dict(length=3, projection=0), 'prompt_projection=0'),
    (dict(length=3, projection=4), 'blocks of one width; these have 8, 16'),
])
def test_bad_values_are_named(arguments, message):
    with pytest.raises(UserError, match=message):
        PromptEmbeddings([8, 16], fan_in=48, **arguments)
