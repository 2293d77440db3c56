"""Digits in scenes laid out as ADE20K; COCO's layout: test_digit_scenes.py."""
import json

import numpy as np
import pytest
from PIL import Image

from protune_mm.datasets import DIGIT_CLASSES, STUFF_CLASSES, make_digit_scenes
from protune_mm.errors import UserError

SMALL = dict(num_train=6, num_val=3, size=96)
FOLDERS = dict(training='train', validation='val')


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    place = tmp_path_factory.mktemp('data')
    return make_digit_scenes(place / 'ade', layout='ade20k', **SMALL)


@pytest.mark.parametrize('folder', FOLDERS)
def test_layout(root, folder):
    split = FOLDERS[folder]
    stems = [
        f'ADE_{split}_{i:08d}' for i in range(1, SMALL[f'num_{split}'] + 1)
    ]
    for kind, suffix, mode in (('images', 'jpg', 'RGB'), ('annotations', 'png',
                                                          'L')):
        files = sorted((root / kind / folder).iterdir())
        assert [path.name
                for path in files] == [f'{s}.{suffix}' for s in stems]
        for path in files:
            image = Image.open(path)
            assert (image.size, image.mode) == ((96, 96), mode)
    assert sorted(path.name for path in root.iterdir()) == [
        'annotations', 'digit_scenes.json', 'images'
    ]


def test_labels_count_from_one_and_show_the_same_scenes(root, tmp_path):
    coco = make_digit_scenes(tmp_path / 'coco', **SMALL)
    for folder, split in FOLDERS.items():
        pairs = zip(
            sorted((root / 'annotations' / folder).iterdir()),
            sorted((coco / f'stuffthingmaps/{split}2017').iterdir()))
        for ours, pixels in pairs:
            expected = np.array(Image.open(pixels)) + 1
            assert np.array_equal(np.array(Image.open(ours)), expected)


def test_mmseg_reads_all_classes(root):
    datasets = pytest.importorskip('mmseg.datasets')
    dataset = datasets.ADE20KDataset(
        data_root=str(root),
        data_prefix=dict(
            img_path='images/training', seg_map_path='annotations/training'),
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='mmseg.LoadAnnotations', reduce_zero_label=True)
        ])
    assert len(dataset) == SMALL['num_train']
    maps = [item['gt_seg_map'] for item in dataset]
    last = len(DIGIT_CLASSES) + len(STUFF_CLASSES)
    assert {10, 11} <= set(np.unique(maps)) <= set(range(last))


def test_layouts_that_are_not_there(tmp_path):
    with pytest.raises(UserError, match="layout='voc' is not known; give one"):
        make_digit_scenes(tmp_path / 'x', layout='voc', **SMALL)
    with pytest.raises(UserError, match="with layout='coco' only"):
        make_digit_scenes(
            tmp_path / 'x', layout='ade20k', coco_names=True, **SMALL)
    assert not list(tmp_path.iterdir())


def test_sets_of_the_first_version_are_recognised(tmp_path):
    root = make_digit_scenes(tmp_path / 'set', **SMALL)
    record = root / 'digit_scenes.json'
    arguments = json.loads(record.read_text())
    assert arguments.pop('layout') == 'coco'
    record.write_text(json.dumps(arguments))
    assert make_digit_scenes(root, **SMALL) == root
    with pytest.raises(UserError, match='layout=coco, not layout=ade20k'):
        make_digit_scenes(root, layout='ade20k', **SMALL)
