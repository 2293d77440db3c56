import pytest
import torch
from mmcv.cnn import is_norm
from mmengine.registry import MODELS
from torch import nn

from protune_mm.errors import UserError
from protune_mm.models import ProTuneResNet, build_protune_backbone


def test_norms_of_the_host_but_not_their_statistics():
    model = ProTuneResNet.mmdet(
        depth=18, norm_eval=False, methods=[dict(type='NormTuning')]).train()
    sum(x.sum() for x in model(torch.rand(2, 3, 64, 64))).backward()
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            assert parameter.requires_grad == is_norm(module)
            assert (parameter.grad is not None) == is_norm(module)
    assert model.bn1.running_mean.eq(0).all()


@MODELS.register_module()
class NormFreeNet(nn.Sequential):

    def __init__(self) -> None:
        super().__init__(nn.Conv2d(3, 4, 3))


def test_a_backbone_without_norms():
    with pytest.raises(UserError, match='NormTuning finds no norm'):
        build_protune_backbone(NormFreeNet, methods=[dict(type='NormTuning')])
