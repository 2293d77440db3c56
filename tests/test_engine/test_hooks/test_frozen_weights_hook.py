"""Training beside random frozen weights is refused."""
import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.models import ProTuneResNet
from tests.runners import toy_runner

SMALL = dict(depth=18, base_channels=8)


def train(folder, state=None, **arguments):
    """Train a toy that holds a backbone, from a file of its own."""
    if state is not None:
        torch.save(dict(state_dict=state), folder / 'x.pth')
        arguments['init_cfg'] = dict(
            type='Pretrained', checkpoint=str(folder / 'x.pth'))
    runner = toy_runner(folder, dict(type='FrozenWeightsHook'))
    runner.model.backbone = ProTuneResNet.mmdet(**SMALL, **arguments)
    runner.train()


def stock(**arguments):
    from mmdet.models.backbones import ResNet
    return ResNet(**SMALL, **arguments)


@pytest.mark.parametrize('arguments', [
    dict(),
    dict(init_cfg=dict(type='Kaiming', layer='Conv2d')),
    dict(tuning='head'),
    dict(tuning='partial-1'),
    dict(tuning='partial-2'),
])
def test_without_weights(arguments, tmp_path):
    with pytest.raises(UserError) as error:
        train(tmp_path, **arguments)
    sentence = str(error.value)
    assert 'model.backbone would stay random' in sentence
    assert 'conv1.weight, layer1.0.conv1.weight' in sentence
    for remedy in ('model.backbone.init_cfg', 'load_from', 'trained_modules',
                   'model.backbone.random_frozen=True'):
        assert remedy in sentence


def test_weights_of_prompts_alone(tmp_path):
    prompts = {
        name: value
        for name, value in ProTuneResNet.mmdet(**SMALL).state_dict().items()
        if name.startswith('prompts.')
    }
    with pytest.raises(UserError, match='stay random, .* conv1.weight'):
        train(tmp_path, prompts)


@pytest.mark.parametrize('arguments', [
    dict(tuning='finetune'),
    dict(tuning='scratch'),
    dict(tuning='protune+finetune'),
    dict(random_frozen=True),
    dict(trained_modules=['conv1', 'layer1', 'layer2', 'layer3', 'layer4']),
])
def test_nothing_is_frozen_or_random_is_wanted(arguments, tmp_path):
    train(tmp_path, **arguments)


def test_with_weights(tmp_path):
    train(tmp_path, stock().state_dict())
