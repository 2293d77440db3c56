"""Prompt tokens as a method among others."""
import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.models import PromptedSwin, ProTuneResNet, ProTuneSwin

SWIN = dict(embed_dims=24, depths=(1, 1, 1, 1), num_heads=(1, 2, 2, 4))
TOKENS = dict(type='PromptTokens', prompt_length=3)
BLOCKS = dict(type='PromptBlocks', prompt_stages=[0, 3])


def build(**arguments):
    torch.manual_seed(0)
    return ProTuneSwin.mmdet(**SWIN, **arguments).eval()


def test_the_preset_is_the_method():
    torch.manual_seed(0)
    preset = PromptedSwin.mmdet(**SWIN, prompt_length=3).eval()
    method = build(methods=[TOKENS])
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(preset(image)[-1], method(image)[-1])
    assert preset.trained_parts() == method.trained_parts()


def test_methods_combine():
    model = build(methods=[BLOCKS, TOKENS])
    assert list(
        model.prompts) == ['stages_0_blocks_0', 'stages_3_blocks_0', 'tokens']
    maps = model.train()(torch.rand(2, 3, 64, 64))
    assert [tuple(x.shape[1:]) for x in maps] == [(24, 16, 16), (48, 8, 8),
                                                  (96, 4, 4), (192, 2, 2)]
    sum(x.square().sum() for x in maps).backward()
    assert all(p.grad is not None for p in model.prompts.parameters())


def test_a_convolutional_host_has_no_place_for_them():
    with pytest.raises(UserError, match='ProTuneResNet takes no prompt token'):
        ProTuneResNet.mmdet(depth=18, methods=[TOKENS])


def test_depths():
    with pytest.raises(UserError, match="'half' is not known: .*deep, shall"):
        build(methods=[dict(TOKENS, prompt_depth='half')])


def test_the_preset_has_its_own_methods():
    with pytest.raises(UserError, match='give methods to ProTuneSwin, with'):
        PromptedSwin.mmdet(**SWIN, methods=[TOKENS])


def test_a_call_that_failed_leaves_nothing():
    """Prompts on their way do not reach the next call."""
    model = build(methods=[TOKENS])
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        with model.without_prompts():
            expected = model(image)[-1]
        model.call.prompts = torch.rand(1, 3, 24)
        with model.without_prompts():
            assert torch.equal(model(image)[-1], expected)
