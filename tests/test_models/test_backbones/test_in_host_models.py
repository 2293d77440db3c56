"""Other backbones train inside whole detectors and segmentors."""
from typing import NamedTuple

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import MODELS, DefaultScope
from mmengine.structures import PixelData

from protune_mm.tuning import split_state


class Backbone(NamedTuple):
    """A backbone with maps of stride 8, 16 and 32."""
    name: str
    paths: list
    widths: list
    arguments: dict
    # A registered twin, where the host has the class.
    twin: str = 'ProTuneBackbone'

    def config(self) -> dict:
        cfg = dict(type=self.twin, **self.arguments)
        if self.twin == 'ProTuneBackbone':
            cfg.update(backbone=self.name, prompt_stages=self.paths)
        return cfg

    def __str__(self) -> str:
        return f'{self.twin}-{self.name}'


REGNET = Backbone('mmdet.RegNet', ['layer2', 'layer3', 'layer4'],
                  [64, 160, 384],
                  dict(arch='regnetx_400mf', out_indices=(1, 2, 3)))
ANYWHERE = [
    Backbone(
        'mmpretrain.ConvNeXt', ['stages.1', 'stages.2.3', 'stages.3'],
        [80, 160, 320],
        dict(arch='atto', out_indices=(1, 2, 3), gap_before_final_norm=False)),
    Backbone('mmdet.EfficientNet', ['layers.3', 'layers.4', 'layers.5'],
             [40, 112, 320], dict(arch='b0', out_indices=(3, 4, 5))),
    Backbone(
        'mmpretrain.TIMMBackbone', [f'timm_model.layer{i}' for i in (2, 3, 4)],
        [128, 256, 512],
        dict(model_name='resnet18', features_only=True,
             out_indices=(2, 3, 4))),
    REGNET,
]


def train_once(cfg, optimizer, batch):
    """Train a step as the runner does, and look at what has changed."""
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        model = MODELS.build(cfg.model)
        wrapper = build_optim_wrapper(model, optimizer)
        model.init_weights()
    model.train()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    losses = model.train_step(batch, wrapper)
    trained, frozen = split_state(model)
    assert all(torch.isfinite(value).all() for value in losses.values())
    assert frozen.keys() == {
        k
        for k in before
        if k.startswith('backbone.') and not k.startswith('backbone.prompts.')
    }
    for name, value in frozen.items():
        assert torch.equal(before[name], value), name
    changed = {k for k, v in trained.items() if not torch.equal(before[k], v)}
    # The last norm starts at zero, so it is the first to learn.
    assert model.backbone.prompts
    for name in model.backbone.prompts:
        assert f'backbone.prompts.{name}.0.norm3.weight' in changed
    assert any(not k.startswith('backbone.') for k in changed)


@pytest.mark.parametrize(
    'backbone', [*ANYWHERE, REGNET._replace(twin='ProTuneRegNet')], ids=str)
def test_in_a_detector(backbone):
    from mmdet.testing import demo_mm_inputs
    cfg = Config.fromstring(
        "_base_ = ['mmdet::retinanet/retinanet_r18_fpn_1x_coco.py']\n"
        "custom_imports = dict(imports=['protune_mm'])", '.py')
    cfg.model.backbone = backbone.config()
    cfg.model.neck.update(in_channels=backbone.widths, start_level=0)
    batch = demo_mm_inputs(
        2, image_shapes=[(3, 64, 64)] * 2, num_classes=80, with_mask=False)
    train_once(cfg, cfg.optim_wrapper, batch)


@pytest.mark.parametrize('backbone', ANYWHERE, ids=str)
def test_in_a_segmentor(backbone):
    from mmseg.structures import SegDataSample
    cfg = Config(
        dict(
            default_scope='mmseg',
            model=dict(
                type='EncoderDecoder',
                data_preprocessor=dict(
                    type='SegDataPreProcessor', size=(64, 64)),
                backbone=backbone.config(),
                decode_head=dict(
                    type='UPerHead',
                    in_channels=backbone.widths,
                    in_index=[0, 1, 2],
                    pool_scales=(1, 2),
                    channels=16,
                    num_classes=5),
                test_cfg=dict(mode='whole'))))
    batch = dict(
        inputs=[torch.rand(3, 64, 64) for _ in range(2)],
        data_samples=[
            SegDataSample(
                gt_sem_seg=PixelData(data=torch.randint(5, (1, 64, 64))))
            for _ in range(2)
        ])
    train_once(cfg, dict(optimizer=dict(type='SGD', lr=0.01)), batch)
