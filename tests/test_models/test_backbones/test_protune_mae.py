import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.models import ProTuneMAE


def backbone():
    return ProTuneMAE.mmseg(
        img_size=32,
        embed_dims=32,
        num_layers=2,
        num_heads=4,
        out_indices=(0, 1))


def test_maps_and_prompts():
    model = backbone()
    maps = model(torch.rand(1, 3, 32, 32))
    assert [tuple(x.shape) for x in maps] == [(1, 32, 2, 2)] * 2
    assert 'layers_1' in model.prompts


def test_images_of_its_size_alone():
    with pytest.raises(UserError, match='set img_size'):
        backbone()(torch.rand(1, 3, 32, 64))
