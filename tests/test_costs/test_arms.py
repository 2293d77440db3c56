"""The same model, tuned in several ways."""
import pytest

from protune_mm.costs.arms import (AS_GIVEN, FINETUNE, HEAD, PROTUNE, arms_of,
                                   build_arm, build_backbone, is_tuned,
                                   own_arm)
from tests.slim_configs import HTC, UPERNET, classifier, read


@pytest.mark.parametrize('backbone, arm', [
    (dict(), PROTUNE[1]),
    (dict(memory='leanest'), PROTUNE[2]),
    (dict(tuning='head', memory='leanest'), HEAD),
    (dict(tuning='finetune'), FINETUNE),
])
def test_the_own_way(backbone, arm):
    cfg = classifier(**backbone)
    assert own_arm(cfg) == arm
    assert arms_of(cfg) == [FINETUNE, HEAD, *PROTUNE]


def test_other_ways():
    cfg = classifier(tuning='partial-1')
    assert own_arm(cfg) == AS_GIVEN and arms_of(cfg)[:2] == [
        AS_GIVEN, FINETUNE
    ]
    cfg = classifier(type='ResNet')
    assert not is_tuned(cfg) and arms_of(cfg) == [AS_GIVEN]
    assert not hasattr(build_arm(cfg).backbone, 'prompts')


@pytest.mark.parametrize('path', [HTC, UPERNET])
def test_models(path):
    cfg = read(path)
    for arm in arms_of(cfg):
        backbone = build_arm(cfg, arm).backbone
        assert backbone.tuning == arm.tuning
        assert backbone.memory == arm.memory
        assert bool(backbone.methods) == (arm in PROTUNE)
        assert build_backbone(cfg, arm).tuning == arm.tuning
    # The config stays, with its weights.
    assert 'tuning' not in cfg.model.backbone
    assert cfg.model.backbone.init_cfg.checkpoint


def test_heads():
    cfg = read(UPERNET)
    assert {arm.heads for arm in arms_of(cfg)} == {'plain'}
    cfg.custom_hooks = [dict(type='LeanHeadsHook')]
    own = own_arm(cfg)
    assert own == PROTUNE[1].with_heads('lean') and own in arms_of(cfg)
    assert own.name == 'Pro-tuning lean, heads lean'
    for heads in ('plain', 'leanest'):
        arms = arms_of(cfg, heads)
        assert arms[:2] == [FINETUNE, HEAD] and own_arm(cfg, heads) in arms
        assert {arm.heads for arm in arms[2:]} == {heads}
    model = build_arm(cfg, own)
    assert 'loss_by_feat' in vars(model.decode_head)
    assert 'loss_by_feat' not in vars(build_arm(cfg, FINETUNE).decode_head)


def test_the_own_way_is_listed():
    """Also if it is none of those that are compared."""
    cfg = classifier(tuning='finetune')
    cfg.custom_hooks = [dict(type='mmdet.LeanHeadsHook', memory='leanest')]
    own = own_arm(cfg)
    assert own == FINETUNE.with_heads('leanest')
    assert arms_of(cfg)[:2] == [own, FINETUNE]


def test_no_weights_are_loaded():
    cfg = classifier(init_cfg=dict(type='Pretrained', checkpoint='none.pth'))
    model = build_arm(cfg)
    assert model.backbone.init_cfg is None and model.training
    model.init_weights()


def test_what_a_runner_adds():
    cfg = read(HTC)
    cfg.data_preprocessor = cfg.model.pop('data_preprocessor')
    assert build_arm(cfg).data_preprocessor.pad_size_divisor == 32
