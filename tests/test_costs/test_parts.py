"""Backbone and heads, counted apart, are the whole."""
import pytest
import torch

from protune_mm.costs import build_arm
from protune_mm.costs.arms import FINETUNE, HEAD, PROTUNE
from protune_mm.costs.parts import (count_backbone, count_heads,
                                    gradient_pattern)
from protune_mm.costs.step import Step, count_step
from protune_mm.costs.synthetic import full_sampling, synthetic_batch
from tests.slim_configs import HTC, UPERNET, classifier, read


@pytest.mark.parametrize(
    'arm', [FINETUNE, HEAD, PROTUNE[0]], ids=lambda arm: arm.name)
@pytest.mark.parametrize(
    'read_config', [lambda: read(HTC), lambda: read(UPERNET), classifier],
    ids=['htc', 'upernet', 'classifier'])
def test_sums(read_config, arm):
    cfg = read_config()
    model = build_arm(cfg, arm)
    batch = synthetic_batch(cfg, model, 2, (64, 64))
    images = batch['inputs']
    pattern = gradient_pattern(model.backbone, images)
    assert any(pattern) == (arm != HEAD)
    with full_sampling(model):
        torch.manual_seed(0)
        heads = count_heads(model, batch, pattern)
        torch.manual_seed(0)
        whole = count_step(Step(model, batch))
    assert len(heads.keeps) == len(pattern)
    alone, together, shared, flops = count_backbone(model.backbone, images,
                                                    heads.keeps)
    assert alone <= together
    assert together + heads.numbers[0] - shared == pytest.approx(
        whole.kept, abs=64)  # scalars
    assert flops + heads.numbers[1] == whole.flops
    # A neck of convolutions keeps what it gets, global pooling does not.
    assert any(heads.keeps) == (read_config is not classifier)


def test_the_backbone_comes_back():
    cfg = classifier()
    model = build_arm(cfg)
    backbone = model.backbone
    batch = synthetic_batch(cfg, model, 2, (32, 32))
    batch['data_samples'] = None
    with pytest.raises(TypeError):
        count_heads(model, batch, (True, ))
    assert model.backbone is backbone
