import torch

from tests.small_maps import PROMPTED, twin


def test_shallow_prompts_reach_the_maps():
    model = twin('BEiT', PROMPTED, prompt_depth='shallow', prompt_length=3)
    assert [tuple(p.shape) for p in model.prompts.parameters()] == [(1, 3, 32)]
    image = torch.rand(1, 3, 32, 32)
    maps = model(image)
    assert [tuple(x.shape) for x in maps] == [(1, 32, 4, 4)] * 2
    sum(x.sum() for x in maps).backward()
    assert all(p.grad.any() for p in model.prompts.parameters())
