"""Where the test pipeline of a config is, and what of it is left out."""
import cv2
import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope

from protune_mm.apis.image_pipeline import ImagePipeline, test_dataset
from protune_mm.errors import UserError
from tests import pool_tasks

INNER = dict(type='Inner', pipeline=[dict(type='PackInputs')])


def config(dataset):
    return Config(dict(test_dataloader=dict(dataset=dataset)))


def pipeline(*steps):
    inner = dict(type='Inner', pipeline=[*steps, dict(type='PackInputs')])
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return ImagePipeline(config(inner))


@pytest.mark.parametrize('dataset', [
    INNER,
    dict(type='RepeatDataset', times=2, dataset=INNER),
    dict(type='ConcatDataset', datasets=[INNER, dict(type='Other')]),
    dict(type='A', dataset=dict(type='B', datasets=[INNER])),
])
def test_innermost(dataset):
    assert test_dataset(config(dataset)).type == 'Inner'


@pytest.mark.parametrize('cfg', [
    Config(),
    Config(dict(test_dataloader=None)),
    config(dict(type='Inner')),
    config(dict(type='A', dataset=dict(type='Inner', pipeline=[])))
])
def test_none(cfg):
    with pytest.raises(UserError, match='test_dataloader.*: add it'):
        test_dataset(cfg)


@pytest.mark.parametrize('steps', [
    [],
    [dict(type='LoadImageFromFile')],
    [dict(type='LoadImageFromFile'),
     dict(type='LoadAnnotations')],
    [dict(type='LoadImageFromFile', to_float32=True)],
])
def test_paths_and_arrays(steps, tmp_path):
    image = pool_tasks.image()
    path = str(tmp_path / 'image.png')
    cv2.imwrite(path, image)
    prepare = pipeline(*steps)
    for given in (image, path):
        batch = prepare(given)
        inputs, = batch['inputs']
        assert (inputs.permute(1, 2, 0).numpy() == image).all()
        assert inputs.is_floating_point() == bool(steps
                                                  and 'to_float32' in steps[0])
        assert batch['data_samples'][0].ori_shape == (96, 128)


@pytest.mark.parametrize('ignore_empty', [True, False])
def test_an_address_that_does_not_answer(ignore_empty):
    loader = dict(type='LoadImageFromFile', ignore_empty=ignore_empty)
    with pytest.raises(UserError, match='cannot be read as an image.*: give'):
        pipeline(loader)('http://127.0.0.1:1/x.png')
