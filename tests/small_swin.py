"""Small Swins of every host, stock and pro-tuned."""
from importlib import import_module

import pytest
import torch
from mmengine.config import Config
from torch import nn

from protune_mm.models import ProTuneSwin

DENSE, LAST = (0, 1, 2, 3), (3, )
ARCH = dict(embed_dims=24, depths=(1, 2, 1, 1), num_heads=(1, 2, 2, 4))
HOSTS = ['mmdet', 'mmseg', 'mmpretrain']
each_host = pytest.mark.parametrize('host', HOSTS)


def build(host, twin=True, checkpoint=None, family=ProTuneSwin, **arguments):
    arch = {k: arguments.pop(k, v) for k, v in ARCH.items()}
    if host == 'mmpretrain':
        arch = dict(arch=arch, pad_small_map=True)  # for small images
    arguments = dict(window_size=4, out_indices=DENSE, **arch) | arguments
    if checkpoint:
        arguments['init_cfg'] = dict(
            type='Pretrained', checkpoint=str(checkpoint))
        if host == 'mmpretrain':  # the others always look for it
            arguments['init_cfg']['prefix'] = 'backbone.'
    cls = getattr(family, host) if twin else \
        import_module(f'{host}.models.backbones').SwinTransformer
    return cls(**Config(arguments))


def pretrained(host, **arguments):
    """A stock backbone with a random value in every parameter."""
    model = build(host, twin=False, **arguments)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.1)
    return model


def image(height=32, width=48):
    return torch.rand(2, 3, height, width, generator=torch.manual_seed(0))


def trained(model):
    return {
        n.rsplit('.', 1)[0]
        for n, p in model.named_parameters()
        if p.requires_grad and not n.startswith('prompts.')
    }


def assert_same_weights(model, reference):
    state = model.state_dict()
    for name, value in reference.state_dict().items():
        assert torch.equal(state[name], value), name
