"""The configs that the README shows build."""
import re

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope

from tests.command_line import ROOT

README = (ROOT / 'README.md').read_text()
BLOCKS = [
    block for block in re.findall(r'```python\n(.*?)```', README, re.DOTALL)
    if 'model = ' in block
]


def build(cfg):
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        return MODELS.build(cfg.model)


def test_the_examples_are_all_there():
    assert len(BLOCKS) == 4


@pytest.mark.parametrize(
    'block', BLOCKS, ids=['type', 'any', 'tokens', 'data'])
def test_example(block, tmp_path):
    if '_base_' not in block:
        block = "_base_ = ['mmdet::faster_rcnn/faster-rcnn_r50_fpn_1x_coco." \
            f"py']\ncustom_imports = dict(imports=['protune_mm'])\n{block}"
    path = tmp_path / 'config.py'
    path.write_text(block.replace("['./", f"['{ROOT}/configs/"))
    cfg = Config.fromfile(path)
    model = build(cfg)
    assert model.backbone.prompts
    levels = 4 if 'tokens' in model.backbone.prompts else 5
    assert len(model.extract_feat(torch.rand(1, 3, 64, 64))) == levels
    for loader in ('train_dataloader', 'val_dataloader'):
        classes = cfg[loader].dataset.get('metainfo', {}).get('classes', [])
        if classes:
            heads = cfg.model.roi_head.bbox_head
            assert [head.num_classes for head in heads] == [2, 2, 2]
            assert len(classes) == 2
