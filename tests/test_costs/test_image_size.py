"""The size of images, as configs say it."""
import pytest
from mmengine.config import Config

from protune_mm.costs import batch_size, image_size
from protune_mm.errors import UserError
from tests.command_line import ROOT
from tests.slim_configs import DEMO, HTC, UPERNET, read

STEP = dict(
    coco=dict(type='Resize', scale=(1333, 800), keep_ratio=True),
    exact=dict(type='Resize', scale=(40, 20)),
    widths=dict(
        type='RandomChoiceResize',
        scales=[(60, 40), (60, 50)],
        keep_ratio=True),
    ratio=dict(type='RandomResize', scale=(20, 10), ratio_range=(.5, 2.)),
    one=dict(type='RandomResizedCrop', scale=24),
    crop=dict(type='mmdet.RandomCrop', crop_size=(30, 16)),
    high=dict(type='RandomCrop', crop_size=(16, 30)),
    centre=dict(type='CenterCrop', crop_size=(14, 12)),
    share=dict(type='RandomCrop', crop_size=(.5, .5)),
    pad=dict(type='Pad', size=(64, 48)),
    flip=dict(type='RandomFlip'))


def config(*steps, **preprocessor):
    return Config(
        dict(
            default_scope='mmseg',
            model=dict(type='Any', data_preprocessor=preprocessor),
            train_dataloader=dict(
                batch_size=3,
                dataset=dict(
                    type='RepeatDataset',
                    dataset=dict(type='Any', pipeline=list(steps))))))


@pytest.mark.parametrize('names, size', [
    (['coco', 'flip'], (800, 1333)),
    (['exact'], (20, 40)),
    (['widths'], (50, 60)),
    (['ratio'], (20, 40)),
    (['one'], (24, 24)),
    (['coco', 'crop'], (16, 30)),
    (['coco', 'high'], (16, 30)),
    (['exact', 'centre'], (12, 14)),
    (['coco', 'share'], (800, 1333)),
    (['crop', 'pad'], (48, 64)),
])
def test_pipelines(names, size):
    assert image_size(config(*[STEP[name] for name in names])) == size


def test_a_choice_of_pipelines_has_its_largest():
    choice = dict(
        type='RandomChoice', transforms=[[STEP['coco']], [STEP['exact']]])
    assert image_size(config(choice)) == (800, 1333)


def test_padding():
    cfg = config(STEP['coco'], pad_size_divisor=32)
    assert image_size(cfg) == (800, 1344)
    assert image_size(cfg, (33, 64)) == (64, 64)


@pytest.mark.parametrize('path, size, batch', [
    (HTC, (192, 192), 2),
    (UPERNET, (192, 192), 8),
    (DEMO / 'vit_slim_letters.py', (64, 64), 32),
    (ROOT / 'configs/htc_protune_r50_coco.py', (800, 1344), 2),
    (ROOT / 'configs/upernet_protune_r50_ade20k.py', (512, 512), 4),
    (ROOT / 'configs/classifier_protune_r50_cifar100.py', (224, 224), 128),
    (ROOT / 'configs/classifier_vpt_vit_b_cub.py', (224, 224), 128),
])
def test_configs(path, size, batch):
    cfg = read(path)
    assert image_size(cfg) == size and batch_size(cfg) == batch


def test_those_of_a_test():
    """They are not padded to what a segmentor trains on."""
    cfg = read(ROOT / 'configs/upernet_protune_r50_ade20k.py')
    assert image_size(cfg, loader='test_dataloader') == (512, 2048)


def test_what_is_given_comes_first():
    cfg = config(STEP['coco'])
    assert image_size(cfg, (20, 30)) == (20, 30) and batch_size(cfg, 7) == 7
    cfg = Config(dict(train_dataloader=dict(batch_sampler=dict(batch_size=5))))
    assert batch_size(cfg) == 5


@pytest.mark.parametrize('call, text', [
    (lambda: image_size(config(STEP['flip'])), 'give --size HEIGHT WIDTH'),
    (lambda: image_size(config(), (0, 4)), '--size 0 4 is too small'),
    (lambda: batch_size(Config()), 'give --batch N'),
    (lambda: batch_size(config(), 0), '--batch 0 is too small'),
])
def test_errors(call, text):
    with pytest.raises(UserError, match=text):
        call()
