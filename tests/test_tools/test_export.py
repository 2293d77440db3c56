"""tools/export.py: a file that computes what the trained model does."""
import numpy as np
import onnxruntime
import pytest
import torch

from protune_mm.export import load_model
from protune_mm.export.onnx_file import random_images
from tests.command_line import run_tool
from tests.export_case import rows, save_acting
from tests.slim_configs import DEMO, HTC, UPERNET, read
from tests.small_classifier import write_config

LETTERS = DEMO / 'resnet18_slim_letters.py'


@pytest.fixture(scope='module')
def classifier(tmp_path_factory):
    """A config of a pro-tuned classifier, and a checkpoint of it."""
    folder = tmp_path_factory.mktemp('export')
    config, _ = write_config(folder)
    return config, save_acting(read(config), folder / 'last.pth')


def test_a_classifier(classifier, tmp_path):
    config, checkpoint = classifier
    process = run_tool(
        'export.py', config, checkpoint, '--size', 32, 32, cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    found = rows(process.stdout)
    assert found['scores'] == ['batch x 26', 'batch']
    assert found['images'][1] == 'batch, height, width'
    assert float(found['1 x 3 x 32 x 32'][0]) <= 1e-4
    assert len([name for name in found if 'onnxruntime' in name]) == 2
    assert not list(tmp_path.iterdir())
    session = onnxruntime.InferenceSession(checkpoint.with_suffix('.onnx'))
    images = random_images(2, (40, 56))
    model = load_model(read(config), str(checkpoint))
    with torch.no_grad():
        data = model.data_preprocessor(dict(inputs=images))
        expected = [one.pred_score for one in model.predict(data['inputs'])]
    scores, = session.run(['scores'], dict(images=images.numpy()))
    assert np.abs(scores - np.stack(expected)).max() < 1e-4


def test_a_segmentor_whole(tmp_path):
    checkpoint = save_acting(read(UPERNET), tmp_path / 'last.pth')
    process = run_tool(
        'export.py',
        UPERNET,
        checkpoint,
        '--out',
        'found.onnx',
        '--size',
        64,
        64,
        '--rounds',
        0,
        '--cfg-options',
        'model.test_cfg.mode=slide',
        'model.test_cfg.crop_size=(64,64)',
        'model.test_cfg.stride=(32,32)',
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    found = rows(process.stdout)
    assert found['logits'][0] == 'batch x 12 x height x width'
    assert "mode 'slide'; the file takes images whole" in process.stdout
    assert not any('PyTorch' in name for name in found if 'model' in name)
    assert (tmp_path / 'found.onnx').is_file()


def test_what_differs_is_not_written(classifier, tmp_path):
    config, checkpoint = classifier
    path = tmp_path / 'found.onnx'
    path.write_text('before')
    process = run_tool(
        'export.py',
        config,
        checkpoint,
        '--out',
        path,
        '--size',
        32,
        32,
        '--tolerance',
        0,
        cwd=tmp_path)
    assert process.returncode == 2
    assert 'differs from PyTorch by ' in process.stderr
    assert path.read_text() == 'before'
    assert [x.name for x in tmp_path.iterdir()] == ['found.onnx']


@pytest.mark.parametrize('options, words', [
    (['--cfg-options', 'model.head.num_classes=9'
      ], 'head.fc.weight (26, 64) instead of (9, 64)'),
    (['--out', 'none/x.onnx'], 'there is no folder none'),
    (['--out', 'x.pth'], 'must end in .onnx'),
    (['--rounds', -1], 'rounds=-1 is too small'),
])
def test_bad_arguments(classifier, options, words, tmp_path):
    process = run_tool(
        'export.py', *classifier, '--size', 32, 32, *options, cwd=tmp_path)
    assert process.returncode == 2
    assert words in process.stderr and 'Traceback' not in process.stderr


@pytest.mark.parametrize('config, checkpoint, words', [
    (HTC, 'any.pth', 'no detectors'),
    (UPERNET, 'missing.pth', 'There is no checkpoint at missing.pth'),
    (UPERNET, DEMO / 'resnet18_slim_letters.pth',
     'the model of this config does not have'),
    (LETTERS, DEMO / 'resnet18_slim_letters.pth', 'give --size HEIGHT WIDTH'),
])
def test_bad_models(config, checkpoint, words, tmp_path):
    process = run_tool(
        'export.py', config, checkpoint, '--out', 'x.onnx', cwd=tmp_path)
    assert process.returncode == 2
    assert words in process.stderr and 'Traceback' not in process.stderr
    lines = process.stderr.splitlines()  # mmseg warns of its loss
    assert sum(line.startswith('error: ') for line in lines) == 1
