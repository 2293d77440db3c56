"""tools/demo.py, shortened, and what it does with finished runs."""
import sys

import cv2
import pytest

from protune_mm.cli import demo
from protune_mm.errors import UserError
from tests.command_line import run_tool, tiny_demo

# What a classifier's data set is cut to.
FEW = [f'{x}_dataloader.dataset.indices=8' for x in ('train', 'val', 'test')]


def parsed(monkeypatch, *arguments, installed=True):
    """Arguments of the tool, where real weights are installed or not."""
    monkeypatch.setattr(demo, 'is_installed', lambda name: installed)
    monkeypatch.setattr(sys, 'argv', ['demo.py', *arguments])
    return demo.parse_args()


@pytest.mark.parametrize('model', demo.MODELS)
@pytest.mark.parametrize('backbone, weights', [
    ('r18', 'resnet18_slim_letters.pth'),
    ('lite0', 'package://efficientnet_lite0'),
])
def test_a_backbone_is_chosen(backbone, weights, model, monkeypatch, capsys):
    args = parsed(monkeypatch, model, '--backbone', backbone)
    assert demo.BACKBONES[backbone].name in capsys.readouterr().out
    assert args.work_dir == f'work_dirs/demo_{model}_{backbone}'
    cfg = demo.demo_config(args, 'protune', 0).model.backbone
    assert cfg.init_cfg.checkpoint.endswith(weights)


def test_real_weights_may_be_missing(monkeypatch, capsys):
    """A line says how to get them, to who has not chosen."""
    assert parsed(monkeypatch, installed=False).backbone == 'r18'
    assert f'photographs: {demo.INSTALL}\n' in capsys.readouterr().out
    assert demo.INSTALL.endswith('-pytorch-model==0.1.0 timm')
    parsed(monkeypatch, '--backbone', 'r18', installed=False)
    assert 'pip install' not in capsys.readouterr().out
    with pytest.raises(UserError, match='lite0 .* -m pip install effic'):
        parsed(monkeypatch, '--backbone', 'lite0', installed=False)


@pytest.mark.parametrize('found, model, backbone, root', [
    (True, 'htc', 'lite0', 'data/trees'),
    (True, 'fcn', 'lite0', 'data/trees_ade20k'),
    (None, 'htc', 'r18', 'data/digits'),
    (None, 'upernet', 'r18', 'data/digits_ade20k'),
    (None, 'classifier', 'lite0', None),
])
def test_photographs_may_be_missing(found, model, backbone, root, monkeypatch,
                                    capsys):
    monkeypatch.setattr(demo, 'find_spec', lambda name: found)
    args = parsed(monkeypatch, model)
    assert (args.backbone, args.data_root) == (backbone, root)
    hint = 'pip install --no-deps deepforest' in capsys.readouterr().out
    assert hint == (backbone == 'r18')


def test_a_classifier_needs_no_folder(monkeypatch):
    with pytest.raises(UserError, match='classifier needs no files'):
        parsed(monkeypatch, 'classifier', '--data-root', 'data/digits')


def test_compare_prints_tables_and_pictures(tmp_path, workplace):
    arguments = [
        '--compare', '--backbone', 'r18', '--data-root',
        workplace / 'data/digits', '--work-dir', tmp_path, *tiny_demo()
    ]
    process = run_tool('demo.py', *arguments, cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    for text in ('prompts', 'Pro-tuning', 'head retraining', 'fine-tuning',
                 'box AP', 'mask AP', 'predictions.png', 'compare.png'):
        assert text in process.stdout
    assert '4/4' in process.stderr  # 8 images, 2 an iteration
    for name in ('predictions.png', 'compare.png'):
        assert cv2.imread(str(tmp_path / name)).std() > 0

    (tmp_path / 'head_seed0/result.json').unlink()  # as if interrupted
    again = run_tool('demo.py', *arguments, cwd=tmp_path)
    assert again.returncode == 0, again.stderr[-3000:]
    assert 'head retraining, seed 0' in again.stderr
    assert 'Pro-tuning, seed 0' not in again.stderr


@pytest.mark.parametrize('model', ['upernet', 'fcn'])
def test_segmentation(model, tmp_path, workplace):
    process = run_tool(
        'demo.py',
        model,
        '--backbone',
        'r18',
        '--data-root',
        workplace / 'data/digits_ade20k',
        '--work-dir',
        tmp_path,
        *tiny_demo(iterations=2),
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    assert 'mIoU' in process.stdout and 'Pro-tuning' in process.stdout
    assert '2/2' in process.stderr
    picture = cv2.imread(str(tmp_path / 'predictions.png'))
    # Two images in two columns, twice as large, each with its prediction.
    assert picture.shape == (192, 768, 3) and picture.std() > 0


@pytest.mark.parametrize('backbone, side', [('lite0', 96), ('r18', 64)])
def test_classification(backbone, side, tmp_path):
    process = run_tool(
        'demo.py',
        'classifier',
        '--backbone',
        backbone,
        '--cfg-options',
        'train_cfg.max_epochs=1',
        'train_cfg.val_interval=1',
        *FEW,
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    assert demo.BACKBONES[backbone].name in process.stdout
    assert 'accuracy' in process.stdout and 'Pro-tuning' in process.stdout
    place = tmp_path / f'work_dirs/demo_classifier_{backbone}'
    picture = cv2.imread(str(place / 'predictions.png'))
    # Eight images in four columns, four times as large.
    assert picture.shape == (8 * side, 16 * side, 3) and picture.std() > 0


@pytest.mark.parametrize('model, metric, options', [
    ('htc', 'mask AP', tiny_demo()),
    ('fcn', 'mIoU', tiny_demo(iterations=1)),
])
def test_photographs(model, metric, options, tmp_path):
    """FCN asks an EfficientNet for another stride than its own, too."""
    process = run_tool('demo.py', model, *options, *FEW[:1], cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    assert 'Tree crowns in aerial photographs: data/trees' in process.stdout
    assert metric in process.stdout
