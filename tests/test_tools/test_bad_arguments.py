"""Arguments of the tools: what was meant happens, or one sentence says why."""
import pytest
from mmengine.registry import DefaultScope

from tests.command_line import ROOT, run_tool, tiny_demo
from tests.test_tools.test_bad_input import refused

DEMO = ROOT / 'configs/demo/htc_protune_r18_digits.py'
UPERNET = ROOT / 'configs/demo/upernet_protune_r18_digits.py'
# A classifier whose types are classes, so nothing needs a default scope.
PURE_PYTHON = '''
from mmengine.hooks import CheckpointHook, LoggerHook
from mmpretrain.engine import VisualizationHook
from mmpretrain.datasets import PackInputs
from mmpretrain.evaluation import Accuracy
from mmpretrain.models import (GlobalAveragePooling, ImageClassifier,
                               LinearClsHead, ResNet)
from mmpretrain.visualization import UniversalVisualizer

from protune_mm.datasets import LetterCrops

default_scope = None
custom_imports = dict(imports=['protune_mm'])
default_hooks = dict(
    visualization=dict(type=VisualizationHook),
    logger=dict(type=LoggerHook),
    checkpoint=dict(type=CheckpointHook))
visualizer = dict(type=UniversalVisualizer, vis_backends=[])
model = dict(
    type=ImageClassifier,
    backbone=dict(type=ResNet, depth=18, base_channels=8, stem_channels=8),
    neck=dict(type=GlobalAveragePooling),
    head=dict(type=LinearClsHead, num_classes=26, in_channels=64))
data = dict(type=LetterCrops, length=4, size=32,
            pipeline=[dict(type=PackInputs)])
test_dataloader = dict(
    batch_size=2, num_workers=0, dataset=data,
    sampler=dict(type='DefaultSampler', shuffle=False))
test_evaluator = dict(type=Accuracy)
test_cfg = dict()
'''


@pytest.fixture(scope='module')
def trained(workplace, tmp_path_factory):
    """A segmentor after an iteration."""
    folder = tmp_path_factory.mktemp('upernet')
    process = run_tool(
        'train.py',
        UPERNET,
        '--work-dir',
        folder,
        *tiny_demo(iterations=1),
        cwd=workplace)
    assert process.returncode == 0, process.stderr[-3000:]
    return folder / 'iter_1.pth'


@pytest.mark.parametrize('option', ['prompt_stages=3', 'prompt_stages=layer4'])
def test_a_single_value_is_a_list_of_one(workplace, tmp_path, option):
    process = run_tool(
        'train.py',
        UPERNET,
        '--work-dir',
        tmp_path,
        *tiny_demo(iterations=1),
        f'model.backbone.{option}',
        cwd=workplace)
    assert process.returncode == 0, process.stderr[-3000:]
    assert 'backbone.prompts' in process.stdout


def test_blanks_in_a_path(workplace, tmp_path):
    place = tmp_path / 'my data (1)'
    place.symlink_to(workplace / 'data/digits')
    process = run_tool(
        'train.py',
        DEMO,
        '--work-dir',
        tmp_path / 'run',
        *tiny_demo(),
        *(f'{split}_dataloader.dataset.data_root={place}'
          for split in ('train', 'val', 'test')),
        cwd=workplace)
    assert process.returncode == 0, process.stderr[-3000:]


def test_a_file_in_place_of_the_work_dir(workplace, tmp_path):
    (tmp_path / 'run').touch()
    sentence = refused(
        run_tool(
            'train.py',
            DEMO,
            '--work-dir',
            tmp_path / 'run',
            *tiny_demo(),
            cwd=workplace))
    assert f'{tmp_path}/run cannot be written to' in sentence
    assert 'choose another with --work-dir' in sentence


def test_an_option_of_no_setting(workplace):
    sentence = refused(
        run_tool(
            'train.py',
            DEMO,
            *tiny_demo(),
            'model.roi_head.bbox_head.7.num_classes=3',
            cwd=workplace))
    assert 'bbox_head.7.num_classes' in sentence
    assert 'no such setting' in sentence


def test_flips(workplace, trained, tmp_path):
    process = run_tool(
        'test.py',
        UPERNET,
        trained,
        '--tta',
        '--work-dir',
        tmp_path,
        *tiny_demo(),
        cwd=workplace)
    assert process.returncode == 0, process.stderr[-3000:]
    assert 'mIoU' in process.stdout


def test_pure_python_config(tmp_path):
    import torch
    from mmpretrain.models import ImageClassifier
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = ImageClassifier(
            dict(type='ResNet', depth=18, base_channels=8, stem_channels=8),
            neck=dict(type='GlobalAveragePooling'),
            head=dict(type='LinearClsHead', num_classes=26, in_channels=64))
    torch.save(
        dict(meta={}, state_dict=model.state_dict()), tmp_path / 'x.pth')
    (tmp_path / 'config.py').write_text(PURE_PYTHON)
    process = run_tool(
        'test.py',
        'config.py',
        'x.pth',
        '--out',
        'x.pkl',
        '--show-dir',
        'drawn',
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    assert (tmp_path / 'x.pkl').exists()
    assert len(list((tmp_path / 'drawn').rglob('*.png'))) == 4


@pytest.mark.parametrize('option, kind', [
    ('model.backbone.type=ProTunResNet', 'model called ProTunResNet'),
    ('train_dataloader.dataset.type=CocoDatset', 'data set called CocoDatset'),
    ('train_cfg.type=EpochBasdTrainLoop', 'loop called EpochBasdTrainLoop'),
    ('train_dataloader.dataset.pipeline.0.type=LoadImage',
     'transform called LoadImage'),
])
def test_misspelt_types(option, kind, workplace):
    sentence = refused(
        run_tool('train.py', DEMO, *tiny_demo(), option, cwd=workplace))
    assert f'There is no {kind}' in sentence
    assert 'look at its spelling' in sentence


def test_weights_that_are_not_named(workplace):
    option = 'model.backbone.init_cfg.checkpoint'
    sentence = refused(
        run_tool(
            'train.py', DEMO, *tiny_demo(), f'{option}=None', cwd=workplace))
    assert f'{option} is None, no file: set --cfg-options' in sentence


def test_two_roots(workplace):
    sentence = refused(
        run_tool(
            'train.py',
            DEMO,
            *tiny_demo(),
            'train_dataloader.dataset.data_root=[a/,b/]',
            cwd=workplace))
    assert "data_root is ['a/', 'b/'], but a data set has one" in sentence
