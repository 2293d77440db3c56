"""Prompt tokens in a Swin, against plain attention in each window."""
from importlib import import_module

import pytest
import torch
from mmengine.runner.activation_checkpointing import \
    turn_on_activation_checkpointing

from protune_mm.errors import UserError
from protune_mm.models import PromptedSwin
from tests.plain_swin import LENGTH, norm, reference
from tests.small_swin import DENSE, LAST
from tests.small_swin import build as build_swin
from tests.small_swin import each_host

depths = pytest.mark.parametrize('prompt_depth', ['deep', 'shallow'])


def build(host, **arguments):
    """With a random value in every frozen parameter."""
    model = build_swin(
        host, family=PromptedSwin, prompt_length=LENGTH, **arguments)
    for name, parameter in model.named_parameters():
        if not name.startswith('prompts.'):
            torch.nn.init.normal_(parameter, std=0.2)
    return model


def image(batch=2, height=32, width=48):
    return torch.rand(batch, 3, height, width, generator=torch.manual_seed(0))


@each_host
@depths
def test_maps(host, prompt_depth):
    """Shifted windows, and maps that are no multiple of them."""
    model = build(
        host, prompt_depth=prompt_depth, out_indices=DENSE,
        prompt_pool='img').eval()
    with torch.no_grad():
        maps = model(image())
        for b, img in enumerate(image()):
            for i, (tokens, size) in enumerate(reference(img, model)):
                tokens = norm(tokens, model.state_dict(), f'norm{i}')
                expected = tokens[LENGTH:].T.view(-1, *size)
                assert torch.allclose(maps[i][b], expected, atol=1e-5)


@depths
def test_mean_over_prompts_and_patches(prompt_depth):
    model = build(
        'mmpretrain', prompt_depth=prompt_depth, out_indices=LAST).eval()
    with torch.no_grad():
        mean, = model(image())
        for b, img in enumerate(image()):
            tokens = norm(
                reference(img, model)[-1][0], model.state_dict(), 'norm3')
            assert torch.allclose(
                mean[b], tokens.mean(0)[:, None, None], atol=1e-5)
        # A global average pooling leaves it as it is.
        assert mean.shape[2:] == (1, 1)


@each_host
@depths
def test_images_of_a_batch_do_not_mix(host, prompt_depth):
    """W1: each window gets the prompts of its own image."""
    model = build(host, prompt_depth=prompt_depth).eval()
    both = image(2, 64, 64)
    other = torch.cat((both[:1], 1 - both[1:]))
    with torch.no_grad():
        for a, b in zip(model(both), model(other)):
            assert torch.equal(a[0], b[0])
            assert not torch.equal(a[1], b[1])


@pytest.mark.parametrize('host', ['mmdet', 'mmpretrain'])
def test_gradients_with_activation_checkpoints(host):
    grads = []
    for with_cp in (False, True):
        torch.manual_seed(0)
        model = build(host, with_cp=with_cp).train()
        model(image())[-1].square().sum().backward()
        grads.append([p.grad for p in model.prompts.parameters()])
    assert all(torch.allclose(a, b, rtol=1e-4) for a, b in zip(*grads))
    assert all(grad.abs().sum() > 0 for grad in grads[0])


@each_host
def test_stochastic_depth_is_of_an_image(host):
    """Its prompts and patches are dropped together, or neither."""
    model = build(host, tuning='protune+finetune', drop_path_rate=0.5)
    attn = model.train().stages[1].blocks[1].attn
    seen = set()
    for _ in range(20):
        for one in attn(torch.rand(4, LENGTH + 24, 48), (4, 6)):
            dropped = (one == 0).all(dim=1)
            assert dropped.all() or not dropped.any()
            seen.add(bool(dropped[0]))
    assert seen == {True, False}


@pytest.mark.parametrize('host', ['mmdet', 'mmseg'])
def test_under_mmengines_activation_checkpoints(host):
    """They are reentrant: what they wrap needs an input with a gradient."""
    grads = []
    for wrapped in ([], [f'stages.{i}' for i in range(4)]):
        torch.manual_seed(0)
        model = build(host).train()
        turn_on_activation_checkpointing(model, wrapped)
        model(image())[-1].square().sum().backward()
        grads.append([p.grad for p in model.prompts.parameters()])
    assert all(torch.allclose(a, b, rtol=1e-4) for a, b in zip(*grads))


@each_host
def test_patch_tokens(host):
    model = build(host).eval()
    stock = getattr(
        import_module(f'{host}.models.backbones'), 'SwinTransformer')
    tokens = model.patch_tokens(image())
    seen = [model.patch_embed(image())[0]]
    hooks = [
        block.register_forward_pre_hook(
            lambda m, inputs: seen.append(inputs[0]))
        for block in model.prompt_tokens.blocks[1:]
    ]
    with torch.no_grad(), model.without_prompts():
        stock.forward(model, image())
    for hook in hooks:
        hook.remove()
    assert len(tokens) == len(seen) == 5
    assert all(torch.equal(a, b) for a, b in zip(tokens, seen))
    prompted = model.patch_tokens(image(), prompted=True)
    assert [t.shape for t in prompted] == [t.shape for t in tokens]
    assert not torch.equal(prompted[-1], tokens[-1])


@pytest.mark.parametrize('host, arguments, message', [
    ('mmdet', dict(prompt_pool='all'), 'leaves no maps for mmdet'),
    ('mmpretrain', dict(prompt_pool='mean'), "prompt_pool='mean' is not"),
    ('mmdet', dict(out_indices=(-1, )), 'must be stages of PromptedSwin, 0'),
    ('mmseg', dict(prompt_cfg=dict(kernel_size=3)), 'prompt_cfg is of prompt'),
    ('mmseg', dict(prompt_projection=8), 'needs blocks of one width; these '
     'have 24, 48, 96, 192'),
])
def test_bad_values_are_named(host, arguments, message):
    with pytest.raises(UserError, match=message):
        build(host, **arguments)
