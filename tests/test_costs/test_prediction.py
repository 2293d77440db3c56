"""What is told of a step is what a step of that size keeps."""
import pytest
import torch

from protune_mm.costs import arms_of, build_arm, predict
from protune_mm.costs.arms import FINETUNE, HEAD, PROTUNE
from protune_mm.costs.prediction import padding_period
from protune_mm.costs.step import Step, count_step
from protune_mm.costs.synthetic import full_sampling, synthetic_batch
from tests.slim_configs import DEMO, HTC, UPERNET, classifier, read, slim_swin

LARGE = dict(
    htc=(lambda: read(HTC), 1, (288, 320)),
    upernet=(lambda: read(UPERNET), 2, (272, 304)),
    fcn=(lambda: read(DEMO / 'fcn_protune_r18_digits.py'), 2, (288, 240)),
    swin=(slim_swin, 2, (500, 260)),
    classifier=(classifier, 3, (300, 280)),
)


@pytest.mark.parametrize('name', LARGE)
def test_large_images(name):
    read_config, images, size = LARGE[name]
    cfg = read_config()
    arms = [FINETUNE, HEAD, PROTUNE[0]]
    foretold = predict(cfg, build_arm(cfg), arms, size)
    for arm in arms:
        model = build_arm(cfg, arm)
        batch = synthetic_batch(cfg, model, images, size)
        with full_sampling(model):
            whole = count_step(Step(model, batch))
            backbone = count_step(Step(model, batch, 'backbone'))
        told = foretold[arm].at(images)
        assert told.model == pytest.approx(whole.kept, rel=.02), arm
        assert told.flops == pytest.approx(whole.flops, rel=.02), arm
        assert told.backbone == pytest.approx(
            backbone.kept, rel=.02, abs=64), arm


@pytest.mark.parametrize('name, memory', [('htc', 'leanest'),
                                          ('upernet', 'lean')])
def test_lean_heads(name, memory):
    read_config, images, size = LARGE[name]
    cfg = read_config()
    arm = PROTUNE[2].with_heads(memory)
    foretold = predict(cfg, build_arm(cfg), [arm, PROTUNE[2]], size)
    model = build_arm(cfg, arm)
    with full_sampling(model):
        batch = synthetic_batch(cfg, model, images, size)
        whole = count_step(Step(model, batch))
    told = foretold[arm].at(images)
    assert told.model == pytest.approx(whole.kept, rel=.05)
    assert told.flops == pytest.approx(whole.flops, rel=.02)
    assert foretold[PROTUNE[2]].at(images).model > 2 * told.model


def test_small_images_are_measured():
    """A transformer of one size, its batch as the config has it."""
    cfg = read(DEMO / 'vit_slim_letters.py')
    arm, = arms_of(cfg)
    model = build_arm(cfg)
    told = predict(cfg, model, [arm], (64, 64))[arm].at(5)
    batch = synthetic_batch(cfg, model, 5, (64, 64))
    assert told.model == pytest.approx(
        count_step(Step(model, batch)).kept, rel=.001)


@pytest.mark.parametrize('images', [2, 5])
def test_a_map_of_one_pixel(images):
    """Its batch norms cannot train on one image."""
    cfg = classifier()
    arm = PROTUNE[0]
    told = predict(cfg, build_arm(cfg), [arm], (16, 16))[arm].at(images)
    model = build_arm(cfg, arm)
    step = Step(model, synthetic_batch(cfg, model, images, (16, 16)))
    assert told.model == pytest.approx(count_step(step).kept, rel=.02)


def test_nothing_changes_for_the_caller():
    cfg = classifier()
    model = build_arm(cfg)
    backbone, state = model.backbone, torch.get_rng_state()
    predict(cfg, model, [HEAD], (32, 32))
    assert model.backbone is backbone
    assert torch.equal(torch.get_rng_state(), state)


def test_windows_decide_where_maps_are_padded():
    assert padding_period(build_arm(slim_swin()).backbone) == 7 * 32
    assert padding_period(build_arm(classifier()).backbone) == 64


def test_what_fits():
    cfg = classifier()
    told = predict(cfg, build_arm(cfg), [PROTUNE[0]], (32, 32))[PROTUNE[0]]
    held = told.standing.total
    assert told.fits(held) == 0
    number = told.fits(held + 10**6)
    assert told.at(number).model <= 10**6 < told.at(number + 1).model
