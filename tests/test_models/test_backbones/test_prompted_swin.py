"""Prompt tokens in a Swin, against plain attention in each window."""
from importlib import import_module

import pytest
import torch
import torch.nn.functional as F

from protune_mm.errors import UserError
from protune_mm.models import PromptedSwin
from tests.small_swin import DENSE, LAST
from tests.small_swin import build as build_swin
from tests.small_swin import each_host

LENGTH, WINDOW = 3, 4
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


def norm(x, weights, name):
    return F.layer_norm(x, x.shape[-1:], weights[f'{name}.weight'],
                        weights[f'{name}.bias'])


def linear(x, weights, name):
    return F.linear(x, weights[f'{name}.weight'], weights.get(f'{name}.bias'))


def attend(x, weights, name, heads, bias):
    """Self-attention of one window's tokens (L, C), prompts first."""
    query, key, value = linear(x, weights, f'{name}.qkv').chunk(3, dim=-1)
    out = []
    for h, channels in enumerate(torch.arange(x.shape[-1]).chunk(heads)):
        scores = query[:, channels] @ key[:, channels].T
        scores = scores / len(channels)**0.5 + bias[h]
        out.append(scores.softmax(-1) @ value[:, channels])
    return linear(torch.cat(out, -1), weights, f'{name}.proj')


def position_bias(weights, name):
    """(heads, L, L): by the offset of two patches, zero with a prompt."""
    table = weights[f'{name}.relative_position_bias_table']
    table = table.view(2 * WINDOW - 1, 2 * WINDOW - 1, -1)
    places = [(i, j) for i in range(WINDOW) for j in range(WINDOW)]
    bias = torch.zeros(table.shape[-1], *[LENGTH + len(places)] * 2)
    for m, (i, j) in enumerate(places, LENGTH):
        for n, (k, w) in enumerate(places, LENGTH):
            bias[:, m, n] = table[i - k + WINDOW - 1, j - w + WINDOW - 1]
    return bias


def attend_in_windows(prompts, patches, size, weights, name, heads, shift):
    """One image: each window sees all prompts, which become their mean."""
    height, width = (-(-side // WINDOW) * WINDOW for side in size)
    # Which of the regions that a shift separates a place is in.
    regions = torch.zeros(height, width)
    for axis, side in enumerate((height, width)):
        if shift:
            strip = torch.zeros(side)
            strip[side - WINDOW:], strip[side - shift:] = 1, 2
            regions = regions + 3**axis * (
                strip[:, None] if axis == 0 else strip)
    patches = patches.view(*size, -1)
    patches = F.pad(patches, (0, 0, 0, width - size[1], 0, height - size[0]))
    patches = patches.roll((-shift, -shift), (0, 1))
    out, means = torch.zeros_like(patches), []
    bias = position_bias(weights, name)
    for i in range(0, height, WINDOW):
        for j in range(0, width, WINDOW):
            here = slice(i, i + WINDOW), slice(j, j + WINDOW)
            region = regions[here].flatten()
            mask = torch.zeros_like(bias)
            mask[:, LENGTH:, LENGTH:] = -100. * (
                region[:, None] != region[None])
            window = torch.cat((prompts, patches[here].flatten(0, 1)))
            y = attend(window, weights, name, heads, bias + mask)
            means.append(y[:LENGTH])
            out[here] = y[LENGTH:].view(WINDOW, WINDOW, -1)
    out = out.roll((shift, shift), (0, 1))[:size[0], :size[1]]
    return torch.stack(means).mean(0), out.flatten(0, 1)


def merge(patches, size, weights, name):
    """Patch merging with the channels of four neighbours interleaved."""
    x = patches.view(*size, -1)
    x = F.pad(x, (0, 0, 0, size[1] % 2, 0, size[0] % 2))
    four = torch.stack([x[i::2, j::2] for i in (0, 1) for j in (0, 1)], -1)
    new = four.shape[:2]
    x = norm(four.flatten(0, 1).flatten(1), weights, f'{name}.norm')
    return linear(x, weights, f'{name}.reduction'), tuple(new)


def reference(img, model):
    """The tokens (L, C) that each stage ends with, and (H, W); one image."""
    weights, values = model.state_dict(), model.prompt_values()
    x = F.conv2d(
        img[None],
        weights['patch_embed.projection.weight'],
        weights['patch_embed.projection.bias'],
        stride=4)[0]
    size = tuple(x.shape[1:])
    patches = norm(x.flatten(1).T, weights, 'patch_embed.norm')
    prompts, number, stages = None, 0, []
    for s, stage in enumerate(model.stages):
        for b, block in enumerate(stage.blocks):
            name = f'stages.{s}.blocks.{b}'
            if number < len(values):
                prompts = values[number]
            number += 1
            x = torch.cat((prompts, patches))
            y = norm(x, weights, f'{name}.norm1')
            y = torch.cat(
                attend_in_windows(y[:LENGTH], y[LENGTH:], size, weights,
                                  f'{name}.attn.w_msa',
                                  block.attn.w_msa.num_heads,
                                  WINDOW // 2 * (b % 2)))
            x = x + y
            y = norm(x, weights, f'{name}.norm2')
            y = F.gelu(linear(y, weights, f'{name}.ffn.layers.0.0'))
            x = x + linear(y, weights, f'{name}.ffn.layers.1')
            prompts, patches = x[:LENGTH], x[LENGTH:]
        stages.append((x, size))
        if stage.downsample is not None:
            name = f'stages.{s}.downsample'
            # Each prompt is a map of four equal patches.
            prompts = torch.cat([
                merge(p.expand(4, -1), (2, 2), weights, name)[0]
                for p in prompts
            ])
            patches, size = merge(patches, size, weights, name)
    return stages


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
def test_patch_tokens(host):
    model = build(host).eval()
    stock = getattr(
        import_module(f'{host}.models.backbones'), 'SwinTransformer')
    tokens = model.patch_tokens(image())
    seen = [model.patch_embed(image())[0]]
    hooks = [
        block.register_forward_pre_hook(
            lambda m, inputs: seen.append(inputs[0]))
        for block, _ in model.blocks()[1:]
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
    ('mmseg', dict(prompt_projection=8), 'needs blocks of one width; these '
     'have 24, 48, 96, 192'),
])
def test_bad_values_are_named(host, arguments, message):
    with pytest.raises(UserError, match=message):
        build(host, **arguments)
