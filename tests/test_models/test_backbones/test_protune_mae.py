import torch

from tests.small_maps import twin


def test_absolute_positions_are_frozen_and_act():
    model = twin('MAE').eval()
    assert not model.pos_embed.requires_grad
    assert list(model.prompts) == [
        'patch_embed', 'layers_0', 'layers_1', 'layers_2', 'layers_3'
    ]
    image = torch.rand(1, 3, 32, 32)
    before = model(image)[-1]
    torch.nn.init.ones_(model.pos_embed)
    assert not torch.equal(model(image)[-1], before)
