"""Data that do not fit, through the command line: one sentence, no trace."""
import functools
import json
import shutil
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from PIL import Image

from tests.command_line import ROOT, run_tool, tiny_demo
from tests.test_tools.test_bad_input import refused

CASCADE = ROOT / 'configs/demo/cascade_mask_rcnn_protune_r18_digits.py'
TRAIN = 'annotations/instances_train2017.json'
VAL = 'annotations/instances_val2017.json'
TRAIN_LOADER = 'train_dataloader.dataset'


@pytest.fixture
def place(workplace, tmp_path):
    """The digits, to be spoilt."""
    shutil.copytree(workplace / 'data/digits', tmp_path / 'data/digits')
    return tmp_path


@pytest.fixture
def digits(place):
    return place / 'data/digits'


def edit(path, change):
    """Change the content of an annotation file."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def train(place, config, *options, flags=()):
    return run_tool(
        'train.py', config, *flags, *tiny_demo(), *options, cwd=place)


@pytest.mark.parametrize('content, named', [
    ('', 'is empty'),
    ('<!DOCTYPE html><html></html>', 'is a web page'),
    ('version https://git-lfs.github.com/spec/v1', 'is a pointer of Git LFS'),
    ('{"images": [{"id": 1', 'is cut short or broken'),
    ('[]', 'has no list "images"'),
])
def test_annotations_that_are_none(place, digits, content, named):
    (digits / TRAIN).write_text(content)
    sentence = refused(train(place, CASCADE))
    assert f'data/digits/{TRAIN} {named}' in sentence


def no_segmentation(content):
    del content['annotations'][4]['segmentation']


def empty_segmentation(content):
    content['annotations'][4]['segmentation'] = []


def twice_the_same_id(content):
    content['images'][1]['id'] = content['images'][0]['id']


def nan_box(content):
    content['annotations'][4]['bbox'][2] = float('nan')


def infinite_box(content):
    content['annotations'][4]['bbox'][0] = float('inf')


def all_crowds(content):
    for annotation in content['annotations']:
        annotation['iscrowd'] = 1


def no_class(content):
    for annotation in content['annotations']:
        annotation['category_id'] = 99


@pytest.mark.parametrize('change, named', [
    (no_segmentation, 'annotation 5 of 000000000001.jpg has no segmentation'),
    (empty_segmentation,
     'annotation 5 of 000000000001.jpg has no segmentation'),
    (twice_the_same_id,
     'gives the id 1 to 2 images (000000000001.jpg, 000000000002.jpg)'),
    (nan_box, 'annotation 5 of 000000000001.jpg has the box ['),
    (infinite_box, 'annotation 5 of 000000000001.jpg has the box [inf'),
    (all_crowds, 'iscrowd=1 in all annotations'),
    (no_class, f'has no annotation of a class of {TRAIN_LOADER} (zero, one'),
])
def test_annotations_that_break_or_teach_nothing(place, digits, change, named):
    edit(digits / TRAIN, change)
    sentence = refused(train(place, CASCADE))
    assert f'data/digits/{TRAIN}' in sentence and named in sentence


def test_classes_with_the_comma_forgotten(place, tmp_path):
    config = tmp_path / 'uav.py'
    config.write_text(f"_base_ = '{CASCADE}'\n"
                      'train_dataloader = dict('
                      "dataset=dict(metainfo=dict(classes=('uav'))))\n")
    sentence = refused(train(place, config))
    assert f"classes of {TRAIN_LOADER} are the text 'uav'" in sentence
    assert "('uav', )" in sentence


def test_a_class_that_the_evaluation_lacks(place, digits):
    edit(digits / VAL, lambda content: content['categories'].pop())
    sentence = refused(train(place, CASCADE))
    assert 'annotates 9 classes' in sentence
    assert f'add it to the "categories" of data/digits/{VAL}' in sentence


def spoil(path, keep):
    path.write_bytes(path.read_bytes()[:keep])


def test_an_empty_image(place, digits):
    spoil(digits / 'train2017/000000000003.jpg', 0)
    assert 'train2017/000000000003.jpg (train_dataloader.dataset) is empty' \
        in refused(train(place, CASCADE))


@pytest.mark.parametrize('workers', [0, 1])
def test_a_truncated_image_in_a_worker(place, digits, workers):
    """Checks look at its head alone, which is whole."""
    spoil(digits / 'train2017/000000000003.jpg', 900)
    sentence = refused(
        train(
            place,
            CASCADE,
            f'train_dataloader.num_workers={workers}',
            flags=['--skip-checks']))
    assert 'train2017/000000000003.jpg cannot be used: ' in sentence


@pytest.mark.parametrize('workers', [0, 1])
def test_a_broken_annotation_in_a_worker(place, digits, workers):
    edit(digits / TRAIN, no_segmentation)
    sentence = refused(
        train(
            place,
            CASCADE,
            f'train_dataloader.num_workers={workers}',
            flags=['--skip-checks']))
    assert '000000000001.jpg cannot be used, because of annotation ' \
        in sentence
    assert "KeyError: 'mask' (" in sentence


@pytest.fixture
def turned(digits):
    """Wide images that are stored beside an EXIF tag to turn them."""

    def widen(content):
        for image in content['images']:
            image['width'] = 160
            path = digits / 'train2017' / image['file_name']
            wide = Image.new('RGB', (160, 96))
            wide.paste(Image.open(path), (64, 0))
            exif = Image.Exif()
            exif[0x0112] = 6
            wide.save(path, exif=exif)
        for annotation in content['annotations']:
            x, y, w, h = annotation['bbox']
            x += 64
            annotation['bbox'] = [x, y, w, h]
            annotation['segmentation'] = [[
                x, y, x + w, y, x + w, y + h, x, y + h
            ]]

    edit(digits / TRAIN, widen)
    return digits


def test_an_image_that_its_exif_tag_turns(place, turned):
    sentence = refused(train(place, CASCADE))
    assert 'loads as 96 x 160, but its annotations are of 160 x 96' in sentence
    assert 'the box [1' in sentence and 'losses become NaN' in sentence
    assert f'{TRAIN_LOADER}.pipeline.0.color_type=color_ignore' in sentence


def test_its_remedy(place, turned):
    process = train(
        place, CASCADE, f'{TRAIN_LOADER}.pipeline.0.color_type='
        'color_ignore_orientation')
    assert process.returncode == 0, process.stderr[-3000:]


def test_a_loss_that_is_not_finite(place, turned):
    sentence = refused(train(place, CASCADE, flags=['--skip-checks']))
    assert 'The loss is nan in iteration ' in sentence
    assert 'train2017/0000000000' in sentence


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line each."""

    def log_message(self, *args):
        pass


@pytest.fixture
def address(digits):
    """Where the digits are served."""
    handler = functools.partial(Quiet, directory=digits)
    with ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()


def served(place, address, name):
    """Train with annotations of a server, images of the disk."""
    config = place / 'served.py'
    config.write_text(f"""
_base_ = '{CASCADE}'
train_dataloader = dict(dataset=dict(
    ann_file='{address}/{name}',
    backend_args=dict(_delete_=True, backend='http')))
""")
    return run_tool(
        'train.py', config, *tiny_demo(), cwd=place, no_proxy='127.0.0.1')


def test_annotations_of_a_server(place, digits, address):
    process = served(place, address, TRAIN)
    assert process.returncode == 0, process.stderr[-3000:]


def test_bad_annotations_of_a_server(place, digits, address):
    edit(digits / TRAIN, no_segmentation)
    sentence = refused(served(place, address, TRAIN))
    assert f'{address}/{TRAIN}: annotation 5 of 000000000001.jpg' in sentence
    sentence = refused(served(place, address, 'no.json'))
    assert f'{address}/no.json cannot be read (HTTP Error 404' in sentence
