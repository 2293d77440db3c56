"""Visual Prompt Tuning of a ViT in plain torch.

Written from section 3.2 of https://arxiv.org/abs/2203.12119.
"""
import torch
import torch.nn.functional as F

DIMS, LAYERS, HEADS, LENGTH = 32, 6, 4, 3


def norm(x, weights, name):
    return F.layer_norm(x, x.shape[-1:], weights[f'{name}.weight'],
                        weights[f'{name}.bias'], 1e-6)


def linear(x, weights, name):
    return F.linear(x, weights[f'{name}.weight'], weights[f'{name}.bias'])


def layer(x, weights, name):
    """Pre-norm attention and a two-layer perceptron, with residuals."""
    query, key, value = linear(
        norm(x, weights, f'{name}.ln1'), weights, f'{name}.attn.qkv').chunk(
            3, dim=-1)
    heads = []
    for h in torch.arange(DIMS).chunk(HEADS):
        scores = query[..., h] @ key[..., h].mT / len(h)**0.5
        heads.append(scores.softmax(-1) @ value[..., h])
    x = x + linear(torch.cat(heads, -1), weights, f'{name}.attn.proj')
    hidden = F.gelu(
        linear(
            norm(x, weights, f'{name}.ln2'), weights,
            f'{name}.ffn.layers.0.0'))
    return x + linear(hidden, weights, f'{name}.ffn.layers.1')


def embed(images, weights):
    """Patches, a class token before them, and the position embedding."""
    patches = F.conv2d(
        images,
        weights['patch_embed.projection.weight'],
        weights['patch_embed.projection.bias'],
        stride=8).flatten(2).mT
    cls = weights['cls_token'].expand(len(images), -1, -1)
    return patches, torch.cat((cls, patches), 1) + weights['pos_embed']


def reference(images, weights, prompts):
    """VPT by its section 3: the tokens after the last layer, unnormed."""
    x = embed(images, weights)[1]
    for i in range(LAYERS):
        if i < len(prompts):
            after = 1 + (LENGTH if i else 0)
            new = prompts[i].expand(len(images), -1, -1)
            x = torch.cat((x[:, :1], new, x[:, after:]), 1)
        x = layer(x, weights, f'layers.{i}')
    return x
