"""A task predicts what the hosts' own inference of its model predicts."""
import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope, Registry

from protune_mm.apis import Task
from protune_mm.errors import UserError
from tests import pool_tasks

KINDS = ('htc', 'cascade', 'faster', 'fcn', 'classifier', 'swin')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('tasks')


@pytest.fixture(scope='module', params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope='module')
def trained(kind, folder):
    return pool_tasks.train(kind, folder)


@pytest.fixture(scope='module')
def task(kind, trained):
    return Task(kind, trained.checkpoint, trained.config)


@pytest.fixture(scope='module')
def classifier(folder):
    return pool_tasks.train('classifier', folder, seed=1)


def of_host(kind, trained, images):
    """Results of the inference that the host ships."""
    if kind == 'classifier':
        from mmpretrain import ImageClassificationInferencer
        with DefaultScope.overwrite_default_scope('mmpretrain'):
            infer = ImageClassificationInferencer(
                Config.fromfile(trained.config), trained.checkpoint, 'cpu')
        return infer(images, return_datasamples=True)
    if kind in ('fcn', 'swin'):
        from mmseg.apis import inference_model, init_model
        model = init_model(trained.config, trained.checkpoint, 'cpu')
        return [inference_model(model, image) for image in images]
    from mmdet.apis import inference_detector, init_detector
    model = init_detector(trained.config, trained.checkpoint, device='cpu')
    return [inference_detector(model, image) for image in images]


def test_as_the_host_predicts(kind, trained, task, tmp_path):
    arrays = [pool_tasks.image(), pool_tasks.image(1, (132, 80))]
    files = [str(tmp_path / f'{i}.png') for i in range(2)]
    for file, array in zip(files, arrays):
        cv2.imwrite(file, array)
    for images in (arrays, files):
        expected = of_host(kind, trained, images)
        found = task.predict(images)
        assert len(found) == len(expected) == 2
        for one, other in zip(found, expected):
            assert type(one) is type(other)
            assert pool_tasks.same(one, other)
    assert not pool_tasks.same(*found)
    # One image alone, not in a list.
    assert pool_tasks.same(task.predict(files[0]), found[0])
    assert pool_tasks.same(task.predict(tmp_path / '0.png'), found[0])


def test_nothing_is_looked_up_to_predict(task, monkeypatch):
    """Threads cannot have scopes of their own."""

    def refuse(*args, **kwargs):
        raise AssertionError('a registry is asked')

    for owner, name in ((Registry, 'get'), (Registry, 'build'),
                        (DefaultScope, 'get_instance'),
                        (DefaultScope, 'get_current_instance'),
                        (DefaultScope, 'overwrite_default_scope')):
        monkeypatch.setattr(owner, name, refuse)
    task.predict(pool_tasks.image())


def test_the_scope_is_left_alone(classifier):
    with DefaultScope.overwrite_default_scope('mmseg'):
        Task('letters', *classifier[::-1])
        assert DefaultScope.get_current_instance().scope_name == 'mmseg'


def test_classes(classifier, tmp_path):
    task = Task('letters', classifier.checkpoint, classifier.config)
    assert task.host == 'mmpretrain'
    assert task.model.dataset_meta == pool_tasks.META['dataset_meta']
    content = torch.load(classifier.checkpoint)
    bare = tmp_path / 'bare.pth'
    torch.save(content['state_dict'], bare)
    cfg = Config.fromfile(classifier.config)
    cfg.test_dataloader.dataset.metainfo = dict(classes=('x', 'y'))
    wrapped = dict(type='RepeatDataset', times=1)
    wrapped['dataset'] = cfg.test_dataloader.dataset
    cfg.test_dataloader.dataset = wrapped
    cfg.data_preprocessor = cfg.model.pop('data_preprocessor')
    task = Task('letters', bare, cfg)
    assert task.model.dataset_meta['classes'] == ('x', 'y')
    assert task.model.data_preprocessor.mean is not None
    assert 'data_preprocessor' not in cfg.model  # the config is the user's
    torch.save(
        dict(
            state_dict=content['state_dict'],
            meta=dict(CLASSES=('a', ), PALETTE=None)), bare)
    task = Task('letters', bare, cfg)
    assert task.model.dataset_meta == dict(classes=('a', ), palette=None)


def test_images_that_are_none(classifier, tmp_path):
    task = Task('letters', classifier.checkpoint, classifier.config)
    text, empty = tmp_path / 'text.jpg', tmp_path / 'empty.jpg'
    text.write_text('no image')
    empty.touch()
    for image, message in (
        ('no.jpg', 'There is no image at no.jpg: give'),
        (str(text), 'text.jpg cannot be read as an image .*: give'),
        (empty, 'empty.jpg cannot be read as an image .*: give'),
        (str(tmp_path), 'There is no image at'),
        (np.zeros((8, 8), np.uint8), r'shape \(8, 8\) and type uint8'),
        (np.zeros((8, 8, 4), np.uint8), r'\(8, 8, 4\)'),
        (np.zeros((0, 8, 3), np.uint8), r'\(0, 8, 3\)'),
        (np.zeros((8, 8, 3), np.float32), 'float32 .*: give an array'),
        (None, 'A NoneType is no image: give'),
    ):
        with pytest.raises(UserError, match=message) as error:
            task.predict([image])
        assert '\n' not in str(error.value)


def test_checkpoints_that_do_not_fit(classifier, folder, tmp_path):
    path = tmp_path / 'other.pth'
    content = torch.load(classifier.checkpoint)
    state = content['state_dict']

    def refused(message):
        torch.save(content, path)
        with pytest.raises(UserError, match=message):
            Task('pets', path, classifier.config)

    weight = state.pop('head.fc.weight')
    refused(r"Task 'pets': .* 1 of the .*random: head.fc.weight. Give the")
    state['head.fc.weight'] = weight[:3]
    refused(r"Task 'pets': .*head.fc.weight \(3, 128\) instead of")
    state['head.fc.weight'] = weight
    # torch fills in the counts that older files lack.
    state.pop('backbone.bn1.num_batches_tracked')
    torch.save(content, path)
    Task('pets', path, classifier.config)
    with pytest.raises(UserError, match="'pets': There is no checkpoint at"):
        Task('pets', tmp_path / 'no.pth', classifier.config)
    with pytest.raises(UserError, match="'pets': There is no config at"):
        Task('pets', path, tmp_path / 'no.py')


def test_a_config_without_test_pipeline(classifier):
    cfg = Config.fromfile(classifier.config)
    cfg.test_dataloader = None
    with pytest.raises(UserError, match="'pets': .*test_dataloader.*: add"):
        Task('pets', classifier.checkpoint, cfg)
