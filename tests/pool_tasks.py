"""Small trained tasks of every host, for pools of them."""
from typing import Callable, Dict, NamedTuple

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
from torch import Tensor

from tests import slim_configs
from tests.slim_configs import DEMO

BASE = DEMO / 'resnet18_slim_letters.pth'
LOAD = dict(type='LoadImageFromFile')
META = dict(dataset_meta=dict(classes=('one', 'two'), palette=[[0] * 3] * 2))


def htc() -> Config:
    return slim_configs.read(slim_configs.HTC)


def cascade() -> Config:
    return slim_configs.read(DEMO / 'cascade_mask_rcnn_protune_r18_digits.py')


def faster() -> Config:
    """One stage of the cascade, without masks."""
    cfg = cascade()
    roi = cfg.model.roi_head
    cfg.model.type = 'FasterRCNN'
    cfg.model.roi_head = dict(
        type='StandardRoIHead',
        bbox_roi_extractor=roi.bbox_roi_extractor,
        bbox_head=roi.bbox_head[0])
    cfg.model.train_cfg.rcnn = cfg.model.train_cfg.rcnn[0]
    return cfg


def fcn() -> Config:
    return slim_configs.read(DEMO / 'fcn_protune_r18_digits.py')


def upernet() -> Config:
    return slim_configs.read(slim_configs.UPERNET)


def classifier() -> Config:
    cfg = slim_configs.classifier(
        init_cfg=dict(type='Pretrained', checkpoint=str(BASE)))
    cfg.test_dataloader = cfg.val_dataloader
    cfg.test_dataloader.dataset.pipeline = [
        LOAD,
        dict(type='Resize', scale=(64, 64)),
        dict(type='PackInputs')
    ]
    return cfg


def swin() -> Config:
    return slim_configs.slim_swin()


KINDS: Dict[str, Callable[[], Config]] = dict(
    htc=htc,
    cascade=cascade,
    faster=faster,
    fcn=fcn,
    upernet=upernet,
    classifier=classifier,
    swin=swin)


class Trained(NamedTuple):
    """A config and its checkpoint, as paths."""
    config: str
    checkpoint: str


def build(cfg: Config):
    """The model of a config, as its runner builds it."""
    model = cfg.model.copy()
    if cfg.get('data_preprocessor'):
        model.setdefault('data_preprocessor', cfg.data_preprocessor)
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        model = MODELS.build(model)
        model.backbone.init_weights()
    return model


def train(kind: str, folder, seed: int = 0, **backbone) -> Trained:
    """Write a task: a base that is the same for all, random all else."""
    cfg = KINDS[kind]()
    cfg.model.backbone.update(backbone)
    name = f'{kind}{seed}'
    if cfg.model.backbone.get('tuning', 'protune') == 'protune':
        cfg.model.backbone.prompt_cfg = dict(zero_init=False)
    # mmseg's own inference takes it from here.
    cfg.test_pipeline = cfg.test_dataloader.dataset.pipeline
    torch.manual_seed(seed)
    model = build(cfg)
    cfg.dump(folder / f'{name}.py')
    checkpoint = folder / f'{name}.pth'
    torch.save(dict(state_dict=model.state_dict(), meta=META), checkpoint)
    return Trained(str(folder / f'{name}.py'), str(checkpoint))


def image(seed: int = 0, size=(96, 128)) -> np.ndarray:
    """Noise with edges, as an array in BGR."""
    draw = np.random.default_rng(seed)
    coarse = draw.integers(256, size=(6, 8, 3), dtype=np.uint8)
    rows, columns = size[0] // 6, size[1] // 8
    return coarse.repeat(rows, axis=0).repeat(columns, axis=1)


def tensors(sample) -> Dict[str, Tensor]:
    """What a data sample predicts, of any host."""
    if 'pred_instances' in sample:
        found = dict(sample.pred_instances.items())
    elif 'pred_sem_seg' in sample:
        found = dict(
            labels=sample.pred_sem_seg.data, logits=sample.seg_logits.data)
    else:
        found = dict(scores=sample.pred_score, label=sample.pred_label)
    return {name: torch.as_tensor(value) for name, value in found.items()}


def same(one, other) -> bool:
    """Whether two data samples predict the same, bit for bit."""
    one, other = tensors(one), tensors(other)
    assert one.keys() == other.keys() and one
    assert all(value.numel() for value in one.values())
    return all(torch.equal(one[name], other[name]) for name in one)
