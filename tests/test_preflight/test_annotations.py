"""Annotation files that a config names."""
import copy
import json

import pytest
from mmdet.datasets import CocoDataset
from mmdet.datasets.transforms import LoadAnnotations
from mmengine.config import Config

from protune_mm.errors import UserError
from protune_mm.preflight import coco_file
from protune_mm.preflight.annotations import check_annotations
from tests.test_preflight.test_coco_file import GOOD

CATEGORIES = '"categories": [{"id": 1, "name": "cat"}]'
# A file that is not looked into as a whole.
LARGE = f'{{"images": [], "annotations": [], {CATEGORIES}}}'


def check(path, cls='CocoDataset', classes=('cat', ), pipeline=()):
    cfg = Config(dict(default_scope='mmdet', model={}))
    dataset = dict(
        type=cls,
        ann_file=str(path),
        metainfo=dict(classes=classes),
        pipeline=list(pipeline))
    check_annotations(cfg, 'train_dataloader.dataset', dataset)


@pytest.fixture
def large(tmp_path, monkeypatch):
    monkeypatch.setattr(coco_file, 'LARGEST', 10)
    path = tmp_path / 'large.json'
    path.write_text(LARGE)
    return path


def test_of_large_files_the_categories_are_read(large):
    check(large)
    with pytest.raises(UserError, match='expects 1 and e.g. "dog"'):
        check(large, classes=('dog', ))
    large.write_text(LARGE[:-10])
    with pytest.raises(UserError, match=f'{large} is cut short or broken'):
        check(large)


def test_extensions_of_the_format_have_other_fields(tmp_path):
    path = tmp_path / 'panoptic.json'
    path.write_text(
        json.dumps(
            dict(
                images=[dict(id=1, file_name='a.jpg', width=9, height=9)],
                annotations=[
                    dict(image_id=1, file_name='a.png', segments_info=[])
                ],
                categories=[dict(id=1, name='cat', isthing=1)])))
    check(path, 'CocoPanopticDataset')
    with pytest.raises(UserError, match='has no "category_id"'):
        check(path)


@pytest.mark.parametrize('step', [
    dict(type='LoadAnnotations', with_mask=True),
    dict(type='mmdet.LoadAnnotations', with_mask=True),
    dict(type=LoadAnnotations, with_mask=True),
])
def test_masks_that_are_loaded(step, tmp_path):
    content = copy.deepcopy(GOOD)
    del content['annotations'][0]['segmentation']
    path = tmp_path / 'boxes.json'
    path.write_text(json.dumps(content))
    check(path, classes=('cat', 'dog'))
    with pytest.raises(UserError, match='has no segmentation'):
        # A step may be a function, too.
        check(path, classes=('cat', 'dog'), pipeline=[print, step])


def test_other_formats_are_left_alone(tmp_path):
    path = tmp_path / 'lines.json'
    path.write_text('{"filename": "a.jpg"}\n{"filename": "b.jpg"}\n')
    check(path, 'ODVGDataset')


@pytest.mark.parametrize('content', [[dict(name='a.jpg')], dict(all=[])])
def test_own_formats_under_cocos_name(content, tmp_path):
    """A data set may extend CocoDataset and read something else."""

    class Own(CocoDataset):

        def load_data_list(self):
            return []

    path = tmp_path / 'own.json'
    path.write_text(json.dumps(content))
    check(path, Own)
