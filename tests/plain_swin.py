"""Visual Prompt Tuning of a Swin in plain torch, an image at a time.

Written from section 3.2 of https://arxiv.org/abs/2203.12119, for windows of
4 x 4 patches, a fourth of an image's pixels each.
"""
import torch
import torch.nn.functional as F

LENGTH, WINDOW = 3, 4


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
