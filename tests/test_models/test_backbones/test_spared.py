import torch

from protune_mm.models import ProTuneViT
from protune_mm.models.backbones.spared import spare_new_parts


def test_new_parts_stay_while_the_host_draws():
    model = ProTuneViT.mmseg(
        img_size=32, embed_dims=32, num_layers=2, num_heads=4)
    with torch.no_grad():
        for parameter in model.prompts.parameters():
            parameter.fill_(3)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    with spare_new_parts(model), torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(7)
    for name, value in model.named_parameters():
        if name.startswith('prompts.'):
            assert torch.equal(value, before[name])
        else:
            assert value.eq(7).all()


def test_what_a_checkpoint_fills_meanwhile_stays_filled():
    model = ProTuneViT.mmseg(
        img_size=32, embed_dims=32, num_layers=2, num_heads=4)
    state = {k: torch.ones_like(v) for k, v in model.state_dict().items()}
    with spare_new_parts(model):
        model.load_state_dict(state)
    assert all(p.eq(1).all() for p in model.prompts.parameters())
