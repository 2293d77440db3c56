"""Every config builds, and trains what the paper counts."""
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope

ROOT = Path(__file__).parent.parent
CONFIGS = sorted((ROOT / 'configs').rglob('*.py'))
# Trained parameters of the paper's Table 6, to the last one.
COUNTS = dict(
    htc_protune_r50_coco=dict(
        head=56750261, finetune=80032949, protune=60362665),
    cascade_mask_rcnn_protune_r50_coco=dict(
        head=53816574, finetune=77099262, protune=57428978))


def build(path, **backbone):
    cfg = Config.fromfile(path)
    cfg.model.get('backbone').update(backbone)
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        return cfg, MODELS.build(cfg.model)


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_config_builds(path):
    cfg, model = build(path)
    assert cfg.custom_imports.imports == ['protune_mm']


@pytest.mark.parametrize('name', sorted(COUNTS))
@pytest.mark.parametrize('tuning', ['head', 'finetune', 'protune'])
def test_counts_of_the_paper(name, tuning):
    _, model = build(ROOT / f'configs/{name}.py', tuning=tuning)
    assert COUNTS[name][tuning] == sum(p.numel() for p in model.parameters()
                                       if p.requires_grad)


@pytest.mark.parametrize('name', sorted(COUNTS))
def test_schedule_and_data_are_the_stock_ones(name):
    """A leaf changes the backbone's type and nothing else."""
    cfg = Config.fromfile(ROOT / f'configs/{name}.py')
    stock = dict(
        htc_protune_r50_coco='htc/htc_r50_fpn_1x_coco.py',
        cascade_mask_rcnn_protune_r50_coco='cascade_rcnn/'
        'cascade-mask-rcnn_r50_fpn_1x_coco.py')[name]
    reference = Config.fromstring(f"_base_ = ['mmdet::{stock}']", '.py')
    assert cfg.model.backbone.pop('type') == 'ProTuneResNet'
    assert reference.model.backbone.pop('type') == 'ResNet'
    cfg.pop('custom_imports')
    assert cfg.to_dict() == reference.to_dict()
