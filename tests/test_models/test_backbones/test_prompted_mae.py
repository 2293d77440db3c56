import torch

from protune_mm.models import PromptedMAE
from tests.small_maps import PROMPTED, twin


def test_prompts_have_no_position():
    model = twin('MAE', PROMPTED, prompt_length=3).eval()
    assert isinstance(model, PromptedMAE)
    places = []
    model.layers[0].register_forward_pre_hook(
        lambda module, inputs: places.append(inputs[0][:, 1:4]))
    for value in (0, 1):
        torch.nn.init.constant_(model.pos_embed, value)
        model(torch.rand(1, 3, 32, 32))
    assert torch.equal(*places)
