"""Checkpoints of another backbone are refused, good ones are not."""
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
from mmengine.runner import load_checkpoint

from protune_mm.errors import UserError
from protune_mm.models import ProTuneResNet

SMALL = dict(base_channels=8)
THREE_STAGES = dict(
    depth=18,
    num_stages=3,
    out_indices=(0, 1, 2),
    strides=(1, 2, 2),
    dilations=(1, 1, 1))
LAST = (False, False, False, True)
DCN = dict(
    dcn=dict(type='DCNv2', deform_groups=1, fallback_on_stride=False),
    stage_with_dcn=LAST)
PLUGIN = dict(plugins=[
    dict(
        cfg=dict(type='ContextBlock', ratio=1. / 4),
        stages=LAST,
        position='after_conv3')
])


def resnet(**arguments):
    from mmdet.models.backbones import ResNet
    return ResNet(**{**SMALL, **arguments})


def twin(**arguments):
    return ProTuneResNet.mmdet(**{**SMALL, **arguments})


def prefixed(model, prefix='backbone.'):
    return {prefix + k: v for k, v in model.state_dict().items()}


@pytest.mark.parametrize('ours, other, named', [
    (dict(depth=34), dict(depth=18), r'lacks layer1\.2'),
    (dict(depth=18), dict(depth=34), r'no layer1\.2'),
    (dict(depth=50), dict(depth=101), r'no layer3\.6'),
    (dict(depth=101), dict(depth=50), r'lacks layer3\.6'),
    (dict(depth=18), THREE_STAGES, 'lacks layer4'),
    (dict(depth=50), dict(depth=18), 'instead of'),
    (dict(depth=18), dict(depth=18, base_channels=16), 'instead of'),
])
def test_another_backbone_is_refused(ours, other, named):
    model = twin(**ours)
    before = model.layer1[0].conv1.weight.clone()
    with pytest.raises(UserError, match=named):
        model.load_state_dict(resnet(**other).state_dict(), strict=False)
    assert torch.equal(model.layer1[0].conv1.weight, before)


def test_refused_inside_a_detector_through_mmengine(tmp_path):
    holder = torch.nn.ModuleDict(dict(backbone=twin(depth=18)))
    path = str(tmp_path / 'other.pth')
    torch.save(dict(state_dict=prefixed(resnet(depth=34))), path)
    with pytest.raises(UserError, match='has no layer1.2'):
        load_checkpoint(holder, path)


def test_another_kind_of_backbone_is_refused():
    """It shares no name, so that everything frozen would stay random."""
    holder = torch.nn.ModuleDict(dict(backbone=twin(depth=18)))
    swin = {'backbone.stages.0.blocks.0.norm1.weight': torch.zeros(96)}
    with pytest.raises(UserError, match='nothing of ProTuneResNet.*stages.0'):
        holder.load_state_dict(swin, strict=False)


def test_other_prompts_are_refused():
    """Otherwise mmengine would drop trained prompts with a warning."""
    kernel = twin(depth=18, prompt_cfg=dict(kernel_size=7)).state_dict()
    with pytest.raises(UserError, match='conv2.weight'):
        twin(depth=18).load_state_dict(kernel)
    with pytest.raises(UserError, match='no prompts.layer1'):
        twin(depth=18, tuning='head').load_state_dict(kernel)


def test_a_whole_model_needs_the_prefix():
    state = prefixed(resnet(depth=18))
    with pytest.raises(UserError, match="prefix='backbone'"):
        twin(depth=18).load_state_dict(state, strict=False)


def test_what_a_checkpoint_may_have_or_lack():
    state = resnet(depth=18).state_dict()
    # A classifier, no step counts of old norms, prompts not yet there.
    state.update({'fc.weight': torch.zeros(2, 2), 'fc.bias': torch.zeros(2)})
    state = {k: v for k, v in state.items() if 'num_batches' not in k}
    missing = twin(depth=18).load_state_dict(state, strict=False).missing_keys
    assert all('prompts.' in k or 'num_batches' in k for k in missing)
    # Deformable offsets and plugins are in no ImageNet checkpoint.
    for extra in (DCN, PLUGIN):
        twin(
            depth=50, **extra).load_state_dict(
                resnet(depth=50).state_dict(), strict=False)


def test_parts_of_other_modules_are_no_business_of_the_backbone():
    holder = torch.nn.ModuleDict(dict(backbone=twin(depth=18)))
    result = holder.load_state_dict({'neck.weight': torch.zeros(1)},
                                    strict=False)
    assert result.unexpected_keys == ['neck.weight']


def test_a_stock_detector_loads_into_its_twin(tmp_path):
    """Through mmengine: everything arrives, only prompts are missing."""
    cfg = Config.fromstring(
        "_base_ = ['mmdet::retinanet/retinanet_r18_fpn_1x_coco.py']", '.py')
    with DefaultScope.overwrite_default_scope('mmdet'):
        stock = MODELS.build(cfg.model)
        cfg.model.backbone.type = 'ProTuneResNet'
        model = MODELS.build(cfg.model)
    torch.save(dict(state_dict=stock.state_dict()), tmp_path / 'stock.pth')
    load_checkpoint(model, str(tmp_path / 'stock.pth'))
    state = model.state_dict()
    for name, value in stock.state_dict().items():
        assert torch.equal(state[name], value), name
    assert all(
        name.startswith('backbone.prompts.')
        for name in state.keys() - stock.state_dict().keys())
