"""Annotations in COCO's format."""
import copy
import json

import pytest

from protune_mm.errors import UserError
from protune_mm.preflight import coco_file
from protune_mm.preflight.coco_file import check_coco, check_fields, read_json

GOOD = dict(
    images=[
        dict(id=1, file_name='a.jpg', width=20, height=10),
        dict(id=2, file_name='b.jpg', width=20, height=10)
    ],
    annotations=[
        dict(
            id=7,
            image_id=1,
            category_id=3,
            bbox=[1, 2, 3, 4],
            area=12,
            segmentation=[[1, 2, 4, 2, 4, 6]])
    ],
    categories=[dict(id=3, name='cat'),
                dict(id=4, name='dog')])


def changed(**more):
    content = copy.deepcopy(GOOD)
    content['annotations'][0].update(more)
    return content


def check(content, classes=('cat', ), masks=True, teaches=True):
    check_fields('x.json', content, teaches)
    check_coco('x.json', 'train', content, classes, masks, teaches)


def test_good_annotations_pass():
    check(GOOD)


@pytest.mark.parametrize(
    'unused',
    [dict(image_id=1, ignore=1), dict(image_id=99)])
def test_what_mmdet_does_not_read_may_lack_fields(unused):
    content = copy.deepcopy(GOOD)
    content['annotations'].append(dict(id=8, category_id=3, **unused))
    check(content)


@pytest.mark.parametrize('content, named', [
    (changed(bbox=[1, 2, 3]), r'annotation 7 of a.jpg has the box \[1, 2, 3'),
    (changed(bbox=None), 'has the box None'),
    (changed(bbox=[1, 2, float('inf'), 4]), 'not four finite numbers'),
    (changed(segmentation=[]), 'annotation 7 of a.jpg has no segmentation'),
    (changed(iscrowd=1), 'iscrowd=1 in all'),
    (changed(category_id=4), r'no annotation of a class of train \(cat'),
    (changed(bbox=[30, 2, 3, 4]), 'no box of a class inside its image'),
    (changed(area=0), 'no box of a class inside its image'),
    ({
        **GOOD, 'images': GOOD['images'] * 2
    }, r'gives the id 1 to 2 images \(a.jpg, a.jpg\)'),
    ({
        **GOOD, 'annotations': GOOD['annotations'] * 2
    }, 'gives the id 7 to 2 annotations'),
    ({
        **GOOD, 'images': []
    }, 'lists no images'),
    ({
        **GOOD, 'images': [dict(id=1)]
    }, 'entry 1 of "images" has no "file_name"'),
    ({
        'images': []
    }, 'has no list "annotations"'),
])
def test_what_does_not_fit_is_named(content, named):
    with pytest.raises(UserError, match=f'^x.json.*{named}'):
        check(content)


def test_what_is_not_used_need_not_fit():
    check(changed(segmentation=[]), masks=False)
    check(changed(iscrowd=1), teaches=False)
    unused = changed(area=0, segmentation=[])
    unused['annotations'] += copy.deepcopy(GOOD['annotations'])
    unused['annotations'][1]['id'] = 8
    check(unused)


def test_images_to_be_tested_need_no_annotations():
    content = {k: v for k, v in GOOD.items() if k != 'annotations'}
    check(content, masks=True, teaches=False)


@pytest.mark.parametrize('text, named', [
    (' \n', 'is empty'),
    ('\n<html>', 'is a web page'),
    ('version https://git-lfs.github.com/spec/v1',
     'is a pointer of .*git lfs pull'),
    ('{"a": ', r'is cut short or broken \(Expecting value: line 1 column 7'),
])
def test_files_that_are_no_json(tmp_path, text, named):
    path = tmp_path / 'a.json'
    path.write_text(text)
    with pytest.raises(UserError, match=f'^{path} {named}'):
        read_json(str(path))


def test_a_very_large_file_is_passed_over(tmp_path, monkeypatch):
    path = tmp_path / 'a.json'
    path.write_text(json.dumps(GOOD))
    assert read_json(str(path)) == GOOD
    monkeypatch.setattr(coco_file, 'LARGEST', 10)
    assert read_json(str(path)) is None
