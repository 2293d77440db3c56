"""The least that a backbone must keep."""
import torch

from protune_mm.costs.arms import HEAD, PROTUNE, build_backbone
from protune_mm.costs.floor import floor_bytes
from tests.slim_configs import classifier


def floor(arm=PROTUNE[0], **arguments):
    cfg = classifier(**arguments)
    return floor_bytes(build_backbone(cfg, arm), torch.rand(2, 3, 64, 64))


def test_inputs_and_signs():
    """Maps of a ResNet-18 with 16 channels, of two images."""
    maps = [2 * 16 * 2**i * (16 // 2**i)**2 for i in range(4)]
    # Two blocks a stage, two ReLUs each; those of the first stage are before
    # the first prompt.
    signs = 4 * sum(maps[1:]) / 8
    assert floor() == 4 * sum(maps) + signs
    assert floor(prompts_per_stage=2) == 8 * sum(maps) + signs


def test_hooks_leave():
    backbone = build_backbone(classifier(), PROTUNE[0])
    before = [len(x._forward_hooks) for x in backbone.modules()]
    assert floor_bytes(backbone, torch.rand(1, 3, 32, 32)) > 0
    assert [len(x._forward_hooks) for x in backbone.modules()] == before
    assert not any(x._forward_pre_hooks for x in backbone.modules())


def test_nothing_to_say():
    assert floor(HEAD) is None
    stock = build_backbone(classifier(type='ResNet'), PROTUNE[0])
    assert floor_bytes(stock, torch.rand(1, 3, 32, 32)) is None
