import torch

from protune_mm.models import ProTuneResNet, build_protune_backbone
from tests.test_methods.test_lora import vit


def trained(model):
    return [n for n, p in model.named_parameters() if p.requires_grad]


def test_biases_of_the_host():
    model = vit(dict(type='BitFit'))
    assert trained(model) == [
        n for n, _ in model.named_parameters() if n.endswith('bias')
    ]


def test_not_behind_the_last_output():
    model = ProTuneResNet.mmdet(
        depth=18, out_indices=(0, 1), methods=[dict(type='BitFit')])
    assert trained(model)
    assert not any(n.startswith(('layer3', 'layer4')) for n in trained(model))


def test_statistics_stay():
    model = ProTuneResNet.mmdet(
        depth=18, norm_eval=False, methods=[dict(type='BitFit')]).train()
    sum(x.sum() for x in model(torch.rand(2, 3, 64, 64))).backward()
    assert all(model.get_parameter(n).grad is not None for n in trained(model))
    assert model.bn1.running_mean.eq(0).all()


def test_beside_modules_that_users_list():
    """As the norms of ConvNeXt's outputs have to be."""
    model = build_protune_backbone(
        'mmpretrain.ConvNeXt',
        arch='atto',
        trained_modules=['norm3'],
        methods=[dict(type='BitFit')])
    names = trained(model)
    assert 'norm3.weight' in names
    assert 'stages.0.0.pointwise_conv1.bias' in names


def test_only_what_reaches_an_output_of_an_unknown_backbone():
    model = build_protune_backbone(
        'mmpretrain.ConvNeXt',
        arch='atto',
        out_indices=(0, 1),
        gap_before_final_norm=False,
        methods=[dict(type='BitFit'),
                 dict(type='LoRA', targets='all')]).train()
    sum(x.sum() for x in model(torch.rand(1, 3, 64, 64))).backward()
    assert all(model.get_parameter(n).grad is not None for n in trained(model))
    assert not any('stages.2' in n or 'stages_2' in n for n in trained(model))


def test_a_host_that_acts_when_its_mode_changes():
    """LeViT keeps the biases of its attention while it is in eval mode."""
    model = build_protune_backbone(
        'mmpretrain.LeViT',
        arch='128s',
        img_size=64,
        methods=[dict(type='BitFit')])
    image = torch.rand(2, 3, 64, 64)
    for mode in (False, True, False):
        model.train(mode)
        model(image)
