"""The frozen beginning is computed once, and nothing changes by it."""
import copy
import pickle
from collections import Counter
from functools import partial

import pytest
import torch

from protune_mm.hosts.shared_prefix import (frozen_prefix, share_prefix,
                                            shared_prefixes)
from protune_mm.tuning.shared_tensors import SharedTensors
from tests import backbones, method_backbones, prompted_backbones
from tests.lean_case import wake

CASES = {
    str(case): case
    for case in (backbones.CASES + prompted_backbones.CASES +
                 method_backbones.CASES)
}
STEM = ['conv1', 'bn1', 'relu', 'maxpool']
ROWS = {
    'mmdet-ResNet-18': [*STEM, 'layer1'],
    'mmseg-ResNetV1c-18': ['stem', 'maxpool', 'layer1'],
    'mmseg-ResNetV1d-18': ['stem', 'maxpool', 'layer1'],
    'mmdet-RegNetX-400MF': ['conv1', 'bn1', 'relu', 'layer1'],
    'mmseg-Swin-T': ['patch_embed'],
    'mmpretrain-ViT-maps': ['patch_embed'],
    'mmdet-PromptedSwin-deep': ['patch_embed'],
    'mmpretrain-PromptedViT-maps': ['patch_embed'],
    'mmpretrain-ConvNeXt': [],
}


def pair(name, other=None, **more):
    """Two with the same frozen tensors, and prompts that differ."""
    cases = CASES[name], CASES[other or name]
    models = [case.build(**case.awake, **more).eval() for case in cases]
    models[1].load_state_dict(
        {
            name: value
            for name, value in models[0].state_dict().items()
            if not cases[0].trains(name)
        },
        strict=False)
    shared = SharedTensors()
    for model in models:
        shared.share(model)
        share_prefix(model)
    return models, cases[0].image()


def count(models):
    """Count runs of the first convolutions of modules of the beginning."""
    runs = Counter()

    def run(path, conv, *args):
        runs[path] += 1
        return type(conv)._conv_forward(conv, *args)

    for model in models:
        for path in frozen_prefix(model):
            for conv in model.get_submodule(path).modules():
                if isinstance(conv, torch.nn.Conv2d):
                    conv._conv_forward = partial(run, path, conv)
                    break
    return runs


def outputs(model, image):
    with torch.no_grad():
        found = model(image)
    return [found] if isinstance(found, torch.Tensor) else list(found)


def same(one, other):
    assert len(one) == len(other)
    return all(torch.equal(a, b) for a, b in zip(one, other))


@pytest.mark.parametrize('name', ROWS)
def test_what_comes_before_the_first_prompt(name):
    assert frozen_prefix(CASES[name].build()) == ROWS[name]


@pytest.mark.parametrize('more, prefix', [
    (dict(prompt_stages=['layer1.0']), STEM),
    (dict(prompt_stages=['maxpool']), STEM),
    (dict(prompt_stages=[2, 3],
          out_indices=(2, 3)), [*STEM, 'layer1', 'layer2', 'layer3']),
    (dict(tuning='head'), [*STEM, 'layer1']),
    (dict(tuning='finetune'), []),
    (dict(trained_modules=['conv1']), []),
    (dict(trained_modules=['layer1.1.bn2']), STEM),
])
def test_what_trains_or_is_an_output_ends_it(more, prefix):
    assert frozen_prefix(CASES['mmdet-ResNet-18'].build(**more)) == prefix


@pytest.mark.parametrize('method, prefix', [
    (dict(type='ConvAdapter'), STEM),
    (dict(type='LoRA', targets='layer2'), [*STEM, 'layer1']),
    (dict(type='BitFit'), ['conv1']),
    (dict(type='NormTuning'), ['conv1']),
    (dict(type='SSF'), ['conv1', 'bn1']),
])
def test_methods_inside_blocks_end_it(method, prefix):
    case = CASES['mmdet-ResNet-18']
    assert frozen_prefix(case.build(methods=[method])) == prefix


@pytest.mark.parametrize('name', [
    'mmdet-LoRA-ResNet-18', 'mmdet-SSF-ResNet-18', 'mmdet-Mona-Swin',
    'mmdet-SSF-Swin', 'mmpretrain-AdaptFormer-ViT-class-token'
])
def test_tasks_of_other_methods_stay_their_own(name):
    models, image = pair(name)
    for model in models:
        wake(model)
    expected = [outputs(model, image) for model in models]
    with shared_prefixes():
        for model, result in zip(models, expected):
            assert same(outputs(model, image), result)


@pytest.mark.parametrize('name, memory', [
    *((name, 'leanest') for name in ROWS if ROWS[name]),
    ('mmdet-ResNet-18', 'plain'),
])
def test_computed_once(name, memory):
    models, image = pair(name, memory=memory)
    alone = [outputs(model, image) for model in models]
    assert not same(*alone)
    runs = count(models)
    with shared_prefixes():
        together = [outputs(model, image.clone()) for model in models]
    assert all(map(same, alone, together))
    assert runs and set(runs.values()) == {1}
    # Outside, each computes as before.
    assert same(outputs(models[0], image), alone[0])
    assert set(runs.values()) == {2}


@pytest.mark.parametrize('names', [
    ('mmdet-ResNet-18', 'mmpretrain-ResNet-18'),
    ('mmdet-Swin-T', 'mmseg-Swin-T'),
])
def test_across_hosts(names):
    models, image = pair(*names)
    alone = [outputs(model, image) for model in models]
    runs = count(models)
    with shared_prefixes():
        together = [outputs(model, image) for model in models]
    assert all(map(same, alone, together))
    assert set(runs.values()) == {1}


def twice(change):
    """Runs of conv1 of two, the second changed, and whether right."""
    models, first = pair('mmdet-ResNet-18')
    second = change(models[1], first.clone())
    alone = [outputs(models[0], first), outputs(models[1], second)]
    runs = count(models)
    with shared_prefixes():
        together = [outputs(models[0], first), outputs(models[1], second)]
    assert all(map(same, alone, together))
    return runs['conv1']


def test_what_differs_is_computed():
    assert twice(lambda model, image: image) == 1

    def one_pixel(model, image):
        image[1, 2, 3, 4] += 1
        return image

    def other_size(model, image):
        return image[..., 1:]

    def one_weight(model, image):
        weight = model.layer1[1].conv2.weight.detach().clone()
        weight[0, 0, 0, 0] += 1
        model.layer1[1].conv2.weight = torch.nn.Parameter(weight, False)
        return image

    def one_setting(model, image):
        model.layer1[1].conv2.dilation = (2, 2)
        model.layer1[1].conv2.padding = (2, 2)
        fresh(model)
        return image

    def fresh(model):
        """As one that is built with such settings from the beginning."""
        for path in frozen_prefix(model):
            module = model.get_submodule(path)
            module.forward = module.forward.args[3]
        share_prefix(model)

    for change in (one_pixel, other_size, one_weight, one_setting):
        assert twice(change) == 2, change


def test_a_map_that_was_written_to_is_computed_again():
    models, image = pair('mmdet-ResNet-18')
    alone = [outputs(model, image) for model in models]
    runs = count(models)

    def spoil(module, inputs, output):
        output.add_(1)

    hook = models[0].layer1.register_forward_hook(spoil, prepend=True)
    with shared_prefixes():
        outputs(models[0], image)
        hook.remove()
        assert same(outputs(models[1], image), alone[1])
    assert runs['conv1'] == 2


def test_an_image_that_was_written_to_does_not_count():
    models, image = pair('mmdet-ResNet-18')
    with shared_prefixes():
        outputs(models[0], image)
        image.add_(1)
        found = outputs(models[1], image)
    assert same(found, outputs(models[1], image))


def test_copies_and_pickles():
    (model, other), image = pair('mmdet-ResNet-18')
    expected = outputs(model, image)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert same(outputs(twin, image), expected)
        # Its modules are its own.
        twin.conv1.weight.data.zero_()
        with shared_prefixes():
            assert not same(outputs(twin, image), expected)
            assert same(outputs(model, image), expected)
    before = vars(other.conv1)['forward']
    share_prefix(other)
    assert vars(other.conv1)['forward'] is before


def test_nothing_stays_after_an_error():
    models, image = pair('mmdet-ResNet-18')
    expected = outputs(models[1], image)
    with pytest.raises(RuntimeError), shared_prefixes():
        outputs(models[0], image[:, :2])
    with shared_prefixes():
        with pytest.raises(RuntimeError):
            outputs(models[0], image[:, :2])
        assert same(outputs(models[1], image), expected)
