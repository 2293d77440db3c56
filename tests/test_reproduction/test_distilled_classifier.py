"""The classifier of the demo's slim ViT, which has a teacher."""
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from protune_mm.reproduction.distilled_classifier import DistilledClassifier
from tests.command_line import ROOT

CONFIG = ROOT / 'configs/demo/vit_slim_letters.py'
IMAGES = torch.rand(2, 3, 64, 64, generator=torch.manual_seed(0))


def build(**more):
    cfg = Config.fromfile(CONFIG).model
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build({**cfg, **more})
        model.init_weights()
    return model


@pytest.fixture
def model():
    return build()


def losses_of(model):
    return model.loss(IMAGES, [DataSample().set_gt_label(i) for i in (0, 1)])


def test_it_learns_classes_and_maps(model):
    losses = losses_of(model.train())
    assert list(losses) == ['loss', 'loss_map0', 'loss_map1', 'loss_map2']
    for i in range(3):
        losses[f'loss_map{i}'].backward(retain_graph=True)
        # What is behind the layer of this map has no part in it.
        reached = [x.attn.qkv.weight.grad is not None
                   for x in model.backbone.layers]  # yapf: disable
        last = model.backbone.out_indices[i]
        assert reached == [layer <= last for layer in range(4)]
    losses['loss'].backward()
    assert model.head.fc.weight.grad.any()


def test_equal_maps_are_no_loss(model):
    model.eval()
    with torch.no_grad():
        maps = model.teacher(IMAGES)
        for mapping, wanted in zip(model.mappings, maps):
            mapping.weight.zero_()
            mapping.bias.copy_(wanted.mean((0, 2, 3)))
        losses = losses_of(model)
    for i, wanted in enumerate(maps):
        rest = wanted - wanted.mean((0, 2, 3), keepdim=True)
        torch.testing.assert_close(losses[f'loss_map{i}'],
                                   rest.square().sum() / wanted.square().sum())


def test_the_teacher_stays_as_it_is(model):
    weights = torch.load(CONFIG.with_name('resnet18_slim_letters.pth'))
    before = model.teacher.state_dict()
    assert all(torch.equal(before[k], v)
               for k, v in weights['state_dict'].items())  # yapf: disable
    before = {k: v.clone() for k, v in before.items()}
    sum(losses_of(model.train()).values()).backward()
    assert not any(p.requires_grad for p in model.teacher.parameters())
    after = model.teacher.state_dict()
    assert all(torch.equal(v, after[k]) for k, v in before.items())


def test_it_predicts_as_the_classifier_of_its_backbone(model):
    assert isinstance(model, DistilledClassifier)
    cfg = Config.fromfile(CONFIG).model
    for name in ('teacher', 'channels', 'layers'):
        cfg.pop(name)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        plain = MODELS.build({**cfg, 'type': 'ImageClassifier'})
    plain.load_state_dict(model.state_dict(), strict=False)
    with torch.no_grad():
        assert torch.equal(plain.eval()(IMAGES), model.eval()(IMAGES))
