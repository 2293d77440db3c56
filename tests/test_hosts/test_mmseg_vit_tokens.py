"""Prompt tokens in a ViT of mmseg, against those in mmpretrain's."""
import copy
import pickle

import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.models import PromptedViT
from tests.small_maps import PROMPTED, SMALL, twin

DEPTHS = ('deep', 'shallow')


def theirs(state):
    """Rename mmseg's entries to mmpretrain's."""
    return {
        name.replace('attn.attn.in_proj_', 'attn.qkv.').replace(
            'attn.attn.out_proj', 'attn.proj'):
        value
        for name, value in state.items()
    }


def image(height=32, width=32):
    return torch.rand(2, 3, height, width, generator=torch.manual_seed(0))


@pytest.mark.parametrize('depth', DEPTHS)
@pytest.mark.parametrize('arguments', [
    dict(),
    dict(with_cls_token=False),
    dict(prompt_stages=[0, 3], prompt_cfg=dict(zero_init=False)),
    dict(
        with_cls_token=False,
        prompt_stages=[0, 3],
        prompt_cfg=dict(zero_init=False)),
])
def test_maps_are_those_of_mmpretrain(depth, arguments):
    """Inside, at outputs in between and at the last one."""
    prompted = dict(prompt_length=3, prompt_depth=depth)
    with_token = arguments.get('with_cls_token', True)
    model = twin(
        'ViT',
        PROMPTED,
        final_norm=True,
        patch_bias=True,
        norm_cfg=dict(type='LN', eps=1e-6),
        **prompted,
        **arguments).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    other = PromptedViT.mmpretrain(
        arch=dict(
            embed_dims=32, num_layers=4, num_heads=4, feedforward_channels=64),
        img_size=32,
        patch_size=8,
        out_type='featmap',
        out_indices=list(SMALL['out_indices']),
        **prompted,
        **arguments).eval()
    state = theirs(model.state_dict())
    if not with_token:  # mmseg keeps one that is not used
        del state['cls_token']
        state['pos_embed'] = state['pos_embed'][:, 1:]
    other.load_state_dict(state)
    with torch.no_grad():
        for a, b in zip(model(image()), other(image())):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('name', PROMPTED)
def test_nothing_waits_after_a_call(name):
    """Not even after one that failed."""
    model = twin(name, PROMPTED).eval()
    expected = model(image())
    assert model.call.prompts is None

    def fail(*args):
        raise RuntimeError

    hook = model.layers[2].register_forward_pre_hook(fail, prepend=True)
    with pytest.raises(RuntimeError):
        model(image())
    hook.remove()
    assert model.call.prompts is not None
    for a, b in zip(model(image()), expected):
        assert torch.equal(a, b)


@pytest.mark.parametrize('name', PROMPTED)
@pytest.mark.parametrize('prompted', [False, True])
def test_patch_tokens_are_those_of_the_layers(name, prompted):
    model = twin(name, PROMPTED, prompt_length=3)
    first, *later = model.patch_tokens(image(), prompted)
    assert torch.equal(first, model.patch_embed(image())[0])
    assert [tuple(x.shape) for x in later] == [(2, 16, 32)] * 3
    other = model.patch_tokens(image(), not prompted)[1:]
    assert not any(map(torch.equal, later, other))


def test_any_size():
    model = twin('ViT', PROMPTED).eval()
    for clone in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        maps = clone(image(40, 27))
        assert [tuple(x.shape) for x in maps] == [(2, 32, 5, 4)] * 2
        for a, b in zip(maps, model(image(40, 27))):
            assert torch.equal(a, b)


def test_original_embedding_and_class_token_are_outputs_too():
    model = twin(
        'ViT', PROMPTED, out_origin=True, output_cls_token=True).eval()
    (origin, _), *later = model(image())
    with model.without_prompts():
        (stock, _), *_ = model(image())
    assert torch.equal(origin, stock)
    assert [tuple(x.shape) for _, x in later] == [(2, 32)] * 2


def test_a_pool_is_for_classifiers():
    with pytest.raises(UserError, match="'img_pool' is for classifiers"):
        twin('ViT', PROMPTED, prompt_pool='img_pool')
    twin('ViT', PROMPTED, prompt_pool='original')
