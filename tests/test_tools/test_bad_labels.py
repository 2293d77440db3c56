"""Label maps and class folders that do not fit, through the command line."""
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.command_line import ROOT, run_tool, tiny_demo
from tests.test_tools.test_bad_input import refused

UPERNET = ROOT / 'configs/demo/upernet_protune_r18_digits.py'
TRAIN_LOADER = 'train_dataloader.dataset'
KEEP_ZERO = [
    f'{loader}_dataloader.dataset.{option}=False'
    for loader in ('train', 'val', 'test')
    for option in ('reduce_zero_label', 'pipeline.1.reduce_zero_label')
]


@pytest.fixture
def place(workplace, tmp_path):
    """The digits, to be spoilt."""
    name = 'data/digits_ade20k'
    shutil.copytree(workplace / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def maps(place):
    return place / 'data/digits_ade20k'


def iteration(place, *options):
    return run_tool(
        'train.py', UPERNET, *tiny_demo(iterations=1), *options, cwd=place)


def repaint(maps, split, change, number=8):
    """Change the labels of the first maps."""
    for path in sorted((maps / 'annotations' / split).iterdir())[:number]:
        labels = change(np.array(Image.open(path)))
        Image.fromarray(labels.astype(np.uint8)).save(path)


def spot(labels):
    """A pixel of a class that is none, as it is stored."""
    labels[0, 0] = 200
    return labels


@pytest.mark.parametrize('split, name, where', [
    ('training', 'ADE_train_00000001', TRAIN_LOADER),
    ('validation', 'ADE_val_00000001', 'val_dataloader.dataset'),
])
def test_a_label_beyond_the_classes(place, maps, split, name, where):
    repaint(maps, split, spot, number=1)
    sentence = refused(iteration(place))
    assert f'{split}/{name}.png ({where}) holds the label 199 (stored as ' \
        '200: reduce_zero_label takes 1 off), but there are 12 classes' \
        in sentence


@pytest.mark.parametrize('change, options, named', [
    (lambda x: (x > 10) * 255, KEEP_ZERO, 'hold 0 and 255 alone, and 255 '
     'means "ignore": write 1 where they say 255'),
    (lambda x: x * 0 + 255, [], 'hold ignored pixels alone (255)'),
    (lambda x: x * 0, [], 'reduce_zero_label=True makes 0 an ignored one'),
    (lambda x: np.stack([x] * 3, -1), [], 'a picture of colours'),
])
def test_maps_that_teach_nothing(place, maps, change, options, named):
    repaint(maps, 'training', change)
    sentence = refused(iteration(place, *options))
    assert named in sentence
    assert 'annotations/training/ADE_train_00000001.png' in sentence


def test_maps_of_another_size(place, maps):
    repaint(maps, 'training', lambda x: x[:40], number=1)
    sentence = refused(iteration(place))
    assert 'ADE_train_00000001.png (train_dataloader.dataset) is of ' \
        '96 x 40, but its image' in sentence


def test_a_map_that_is_no_image(place, maps):
    path = maps / 'annotations/training/ADE_train_00000001.png'
    path.write_bytes(path.read_bytes()[:100])
    sentence = refused(iteration(place))
    assert 'training/ADE_train_00000001.png of ' in sentence
    assert 'cannot be read: ' in sentence


def test_images_of_another_suffix(place, maps):
    folder = maps / 'images/training'
    for path in folder.glob('*.jpg'):
        Image.open(path).save(path.with_suffix('.png'))
        path.unlink()
    sentence = refused(iteration(place))
    assert 'it looks for .jpg in data/digits_ade20k/images/training, where ' \
        'there are 8 .png files' in sentence
    assert f'{TRAIN_LOADER}.img_suffix=.png' in sentence


@pytest.fixture
def folders(tmp_path):
    """A folder of images for each of three classes."""
    for split in ('train', 'val'):
        for name in ('ant', 'bee', 'cat'):
            folder = tmp_path / 'data' / split / name
            folder.mkdir(parents=True)
            for i in range(2):
                Image.new('RGB', (64, 64),
                          (i, 80, 90)).save(folder / f'{i}.png')
    return tmp_path / 'data'


def classifier(place, classes=3, *options):
    """Train a slim classifier on class folders."""
    loaders = '\n'.join(
        f"{loader}_dataloader = dict(batch_size=2, dataset=dict("
        "_delete_=True, type='CustomDataset', "
        f"data_root='data/{folder}', pipeline=pipeline))"
        for loader, folder in (('train', 'train'), ('val', 'val'), ('test',
                                                                    'val')))
    config = place / 'folders.py'
    config.write_text(f"""
_base_ = ['{ROOT}/configs/_base_/models/resnet18_slim.py',
          '{ROOT}/configs/_base_/datasets/digits.py',
          '{ROOT}/configs/_base_/schedules/slim_frozen.py',
          '{ROOT}/configs/_base_/classification.py']
pipeline = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]
{loaders}
data_preprocessor = dict(num_classes={classes})
model = dict(head=dict(num_classes={classes}))
""")
    return run_tool('train.py', config, *tiny_demo(), *options, cwd=place)


def test_class_folders(tmp_path, folders):
    process = classifier(tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]


def test_a_head_too_small_for_the_folders(tmp_path, folders):
    sentence = refused(classifier(tmp_path, classes=2))
    assert 'model.head.num_classes is 2, but train_dataloader.dataset has 3 ' \
        'classes (ant, bee, cat)' in sentence


def test_a_folder_that_the_evaluation_lacks(tmp_path, folders):
    shutil.rmtree(folders / 'val/bee')
    sentence = refused(classifier(tmp_path))
    assert 'val_dataloader.dataset lacks the class folders bee of ' \
        f'{TRAIN_LOADER}, which shifts the labels' in sentence


def test_folders_without_images(tmp_path, folders):
    for path in (folders / 'train').rglob('*.png'):
        path.unlink()
    sentence = refused(classifier(tmp_path))
    assert 'data of train_dataloader' in sentence
    assert 'Found 0 files' in sentence and 'mend it, or' in sentence


def test_a_label_of_a_list_beyond_the_head(tmp_path, folders):
    (folders / 'train/list.txt').write_text('ant/0.png 0\nbee/1.png 7\n')
    sentence = refused(
        classifier(tmp_path, 3, f'{TRAIN_LOADER}.ann_file=list.txt'))
    assert 'bee/1.png (train_dataloader.dataset) has the label 7, but a ' \
        'head has 3 outputs' in sentence
