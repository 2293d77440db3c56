"""What each way of tuning trains, on a small ResNet of mmdet."""
import pytest
import torch

from protune_mm.models import ProTuneResNet
from protune_mm.models.backbones import build_protune_backbone

SMALL = dict(depth=18, base_channels=8)


def build(**arguments):
    return ProTuneResNet.mmdet(**{**SMALL, **arguments})


def stock(**arguments):
    from mmdet.models.backbones import ResNet
    return ResNet(**{**SMALL, **arguments})


def trained(model):
    return {n for n, p in model.named_parameters() if p.requires_grad}


def test_paradigms():
    prompts = trained(build())
    host = trained(stock(frozen_stages=1))
    assert trained(build(tuning='head')) == set()
    assert trained(build(tuning='finetune', frozen_stages=1)) == host
    assert trained(build(tuning='protune+finetune',
                         frozen_stages=1)) == host | prompts
    assert not host & prompts


def test_partial_trains_the_last_modules():
    for tuning, blocks in (('partial-1', ['layer4.1']),
                           ('partial-2', ['layer4.0', 'layer4.1'])):
        model = build(tuning=tuning, norm_eval=False).train()
        assert trained(model) == {
            n
            for n, _ in model.named_parameters()
            if n.rsplit('.', 2)[0] in blocks
            or n.startswith(tuple(f'{block}.' for block in blocks))
        }
        assert model.layer4[1].bn2.training
        assert not model.layer3[1].bn2.training


def test_partial_takes_other_modules():
    model = build(tuning='partial-1', trained_modules=('bn1', ))
    assert trained(model) == {'bn1.weight', 'bn1.bias'}


def test_scratch_starts_from_nothing_and_freezes_nothing(tmp_path):
    """What only makes sense with pre-trained weights is left out."""
    weights = tmp_path / 'not_there.pth'
    model = build(
        tuning='scratch',
        frozen_stages=2,
        norm_eval=True,
        init_cfg=dict(type='Pretrained', checkpoint=str(weights)))
    model.init_weights()
    model.train()
    assert not model.prompts
    assert all(p.requires_grad for p in model.parameters())
    assert all(m.training for m in model.modules())


def test_scratch_frees_norms_that_a_config_freezes():
    model = build(
        tuning='scratch', norm_cfg=dict(type='BN', requires_grad=False))
    assert all(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize('host, arguments', [
    ('mmseg', dict()),
    ('mmseg', dict(pretrained=False)),
    ('mmpretrain', dict(pretrained=True, checkpoint_path='x.pth')),
])
def test_scratch_asks_timm_for_no_weights(host, arguments, monkeypatch):
    import timm
    asked = {}
    create = timm.create_model

    def recording(*args, **kwargs):
        asked.update(kwargs)
        return create(*args, **{**kwargs, 'pretrained': False})

    monkeypatch.setattr(timm, 'create_model', recording)
    build_protune_backbone(
        f'{host}.TIMMBackbone',
        model_name='resnet18',
        features_only=True,
        tuning='scratch',
        **arguments)
    assert asked['pretrained'] is False
    assert not asked.get('checkpoint_path')


def test_scratch_keeps_another_initialisation():
    cfg = dict(type='Constant', layer='Conv2d', val=0.5)
    model = build(
        tuning='scratch',
        init_cfg=[cfg, dict(type='Pretrained', checkpoint='x')])
    model.init_weights()
    assert model.conv1.weight.eq(0.5).all()


def test_finetuning_trains_as_the_host_does():
    model, reference = (
        m.train() or m for m in (build(tuning='finetune', norm_eval=False),
                                 stock(norm_eval=False)))
    reference.load_state_dict(model.state_dict())
    x = torch.rand(2, 3, 64, 64)
    assert torch.equal(model(x)[-1], reference(x)[-1])
    assert torch.equal(model.bn1.running_mean, reference.bn1.running_mean)


def test_norm_eval_of_the_host_spares_the_new_norms():
    model = build(tuning='protune+finetune', norm_eval=True).train()
    assert not model.layer1[0].bn1.training
    assert model.prompts.layer1[0].norm1.training
