"""Configs of the demo, and models of them that tests measure."""
from mmengine.config import Config

from protune_mm.apis import load_config
from tests.command_line import ROOT

DEMO = ROOT / 'configs/demo'
HTC = DEMO / 'htc_protune_r18_digits.py'
UPERNET = DEMO / 'upernet_protune_r18_digits.py'
# One of each host: a detector, a segmentor, a classifier.
HOSTS = dict(mmdet=HTC, mmseg=UPERNET, mmpretrain=DEMO / 'vit_slim_letters.py')


def read(path) -> Config:
    """A complete config, without a work directory of its own."""
    return load_config(str(path), 'unused')


def classifier(**backbone) -> Config:
    """A pro-tuned classifier, a slim ResNet-18 unless told otherwise."""
    cfg = read(DEMO / 'resnet18_slim_letters.py')
    cfg.merge_from_dict(dict(model=dict(backbone=dict(type='ProTuneResNet'))))
    cfg.model.backbone.update(backbone)
    return cfg


def slim_vit() -> Config:
    """A stock classifier, of the slim ViT."""
    cfg = classifier()
    letters = read(DEMO / 'vit_slim_letters.py').model
    for part in ('backbone', 'neck', 'head'):
        cfg.model[part] = letters[part]
    return cfg


def slim_swin() -> Config:
    """A pro-tuned segmentor with windows of 7 patches."""
    cfg = read(UPERNET)
    cfg.model.backbone = dict(
        type='mmseg.ProTuneSwin',
        embed_dims=16,
        depths=(1, 2, 1, 1),
        num_heads=(1, 1, 1, 1))
    return cfg
