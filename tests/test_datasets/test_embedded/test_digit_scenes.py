"""Tests of the digits-in-scenes set."""
import json

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO
from sklearn.datasets import load_digits

from protune_mm.datasets import DIGIT_CLASSES, STUFF_CLASSES, make_digit_scenes
from protune_mm.datasets.embedded.digit_rendering import render_scene
from protune_mm.datasets.embedded.photographs import (crop_photograph,
                                                      load_photograph)
from protune_mm.errors import UserError

SMALL = dict(num_train=6, num_val=3, size=96)
# Some of COCO's ids, on either side of each gap in them.
COCO_IDS = {
    'person': 1,
    'fire hydrant': 11,
    'stop sign': 13,
    'giraffe': 25,
    'backpack': 27,
    'umbrella': 28,
    'handbag': 31,
    'bottle': 44,
    'wine glass': 46,
    'potted plant': 64,
    'bed': 65,
    'dining table': 67,
    'toilet': 70,
    'tv': 72,
    'refrigerator': 82,
    'book': 84,
    'toothbrush': 90
}


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return make_digit_scenes(tmp_path_factory.mktemp('data') / 'set', **SMALL)


def _open(root, split):
    return COCO(root / 'annotations' / f'instances_{split}2017.json')


def _contents(root):
    return {
        path.relative_to(root): path.read_bytes()
        for path in root.rglob('*') if path.is_file()
    }


@pytest.mark.parametrize('split', ['train', 'val'])
def test_layout(root, split):
    coco = _open(root, split)
    assert len(coco.imgs) == SMALL[f'num_{split}']
    for image in coco.imgs.values():
        stem = image['file_name'].removesuffix('.jpg')
        photo = Image.open(root / f'{split}2017' / image['file_name'])
        pixels = Image.open(root / f'stuffthingmaps/{split}2017/{stem}.png')
        assert photo.size == pixels.size == (96, 96)
        assert (image['height'], image['width']) == (96, 96)
        assert (photo.mode, pixels.mode) == ('RGB', 'L')
        assert 2 <= len(coco.getAnnIds(imgIds=image['id'])) <= 6


def test_annotations_agree_with_pixels(root):
    coco = _open(root, 'train')
    names = [c['name'] for c in coco.loadCats(range(1, 11))]
    assert names == list(DIGIT_CLASSES)
    target = load_digits().target
    for image_id in coco.imgs:
        pixels = np.array(
            Image.open(root / f'stuffthingmaps/train2017/{image_id:012d}.png'))
        free = np.ones_like(pixels, bool)
        for annotation in coco.loadAnns(coco.getAnnIds(imgIds=image_id)):
            label = annotation['category_id'] - 1
            mask = coco.annToMask(annotation).astype(bool)
            assert annotation['area'] == mask.sum() > 0
            assert (pixels[mask] == label).all()
            assert target[annotation['digit_index']] == label
            rows, columns = mask.nonzero()
            assert annotation['bbox'] == [
                columns.min(),
                rows.min(),
                np.ptp(columns) + 1,
                np.ptp(rows) + 1
            ]
            left, top, width, height = map(int, annotation['bbox'])
            box = np.s_[top:top + height, left:left + width]
            assert free[box].all(), 'boxes overlap'
            free[box] = False
            pixels[mask] = 255
        background = pixels[pixels != 255]
        assert len(np.unique(background)) == 1
        assert background[0] in (10, 11)


def test_both_backgrounds_occur(root):
    assert STUFF_CLASSES == ('china', 'flower')
    values = np.concatenate([
        np.array(Image.open(p)).ravel()
        for p in (root / 'stuffthingmaps').rglob('*.png')
    ])
    assert {10, 11} <= set(np.unique(values)) <= set(range(12))


def test_digits_are_visible(root):
    """Pixels of a digit differ from those just around it."""
    coco = _open(root, 'train')
    for annotation in coco.anns.values():
        path = root / f"train2017/{annotation['image_id']:012d}.jpg"
        grey = np.array(Image.open(path).convert('L'), float)
        left, top, width, height = map(int, annotation['bbox'])
        box = np.s_[top:top + height, left:left + width]
        mask = coco.annToMask(annotation).astype(bool)[box]
        inside, outside = grey[box][mask], grey[box][~mask]
        assert abs(inside.mean() - outside.mean()) > 15


def test_mask_covers_the_ink():
    digits, target = load_digits().images, load_digits().target
    photo = load_photograph('china')
    for i in range(20):
        plain = crop_photograph(np.random.default_rng(i), photo, 96)
        image, _, instances = render_scene(
            np.random.default_rng(i), photo, digits[i:i + 1], target[i:i + 1],
            96, 10)
        mask = instances[0]['mask']
        change = np.abs(image.astype(int) - plain).sum(-1)
        assert (change[mask] > 0).mean() > 0.95
        assert change[mask].sum() > 0.9 * change.sum()


def test_splits_share_no_digit(tmp_path):
    root = make_digit_scenes(
        tmp_path / 'set', num_train=300, num_val=100, size=96)
    train, val = ({a['digit_index']
                   for a in _open(root, split).anns.values()}
                  for split in ('train', 'val'))
    # So many that digits drawn from one pool would surely meet.
    assert len(train) > 700 and len(val) > 200
    assert not train & val


def test_same_arguments_give_same_bytes(root, tmp_path):
    again = make_digit_scenes(tmp_path / 'again', **SMALL)
    assert _contents(again) == _contents(root)
    other = make_digit_scenes(tmp_path / 'other', **SMALL, seed=1)
    image = 'train2017/000000000001.jpg'
    assert (other / image).read_bytes() != (root / image).read_bytes()


def test_second_call_changes_nothing(root):
    before = {path: path.stat().st_mtime_ns for path in root.rglob('*')}
    assert make_digit_scenes(root, **SMALL) == root
    assert {p: p.stat().st_mtime_ns for p in root.rglob('*')} == before


@pytest.mark.parametrize('change', [
    dict(num_train=7),
    dict(num_val=2),
    dict(size=97),
    dict(seed=1),
    dict(coco_names=True)
])
def test_other_arguments_are_refused(root, change):
    (name, value), = change.items()
    with pytest.raises(UserError, match='delete it or give another') as error:
        make_digit_scenes(root, **{**SMALL, **change})
    assert f', not {name}={value};' in str(error.value)


def test_foreign_folder_is_refused(tmp_path):
    (tmp_path / 'thesis.txt').write_text('mine')
    with pytest.raises(UserError, match='no set of digit scenes'):
        make_digit_scenes(tmp_path, **SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ['thesis.txt']


def test_interrupted_write_leaves_no_set(tmp_path, monkeypatch, root):
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
            make_digit_scenes(new, **SMALL)
    assert len(saved) == 15
    assert not list(tmp_path.iterdir())
    make_digit_scenes(new, **SMALL)
    assert _contents(new) == _contents(root)


@pytest.mark.parametrize('bad', [
    dict(num_train=0),
    dict(num_val=0),
    dict(size=95),
    dict(seed=-1),
])
def test_numbers_out_of_range_are_refused(tmp_path, bad):
    (name, value), = bad.items()
    with pytest.raises(UserError, match=f'{name}={value} is too small'):
        make_digit_scenes(tmp_path / 'set', **{**SMALL, **bad})
    assert not list(tmp_path.iterdir())


def test_coco_names(tmp_path):
    datasets = pytest.importorskip('mmdet.datasets')
    root = make_digit_scenes(tmp_path / 'set', **SMALL, coco_names=True)
    path = root / 'annotations/instances_train2017.json'
    categories = json.loads(path.read_text())['categories']
    ids = {c['name']: c['id'] for c in categories}
    assert tuple(ids) == datasets.CocoDataset.METAINFO['classes']
    assert {name: ids[name] for name in COCO_IDS} == COCO_IDS
    target = load_digits().target
    for annotation in _open(root, 'train').anns.values():
        digit = target[annotation['digit_index']]
        assert annotation['category_id'] == list(ids.values())[digit]
    values = np.concatenate([
        np.array(Image.open(p)).ravel()
        for p in (root / 'stuffthingmaps').rglob('*.png')
    ])
    assert {91, 92} <= set(np.unique(values)) <= {*range(10), 91, 92}
    dataset = datasets.CocoDataset(
        data_root=str(root),
        ann_file='annotations/instances_train2017.json',
        data_prefix=dict(img='train2017/'))
    labels = {
        instance['bbox_label']
        for i in range(len(dataset))
        for instance in dataset.get_data_info(i)['instances']
    }
    assert labels and labels <= set(range(10))
