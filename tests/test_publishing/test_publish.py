"""A task as a folder."""
import ast
import json
import sys

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.logging import HistoryBuffer
from safetensors.torch import load_file

from protune_mm.engine.whole_model import build_model, load_whole
from protune_mm.errors import UserError
from protune_mm.publishing import merge, publish, read_published
from protune_mm.publishing.publish import (PRIVATE, _plain, metrics_of,
                                           read_metrics)
from protune_mm.tuning.base import BASE
from protune_mm.tuning.published_folder import MANIFEST, sha256_of
from tests.small_tasks import (other_base, read, stock_weights, trained_on,
                               with_backbone, with_base)


def weights_of(folder):
    path, = folder.glob('*.safetensors')
    return path


def loaded(folder):
    """The model of a published folder alone."""
    published = read_published(str(folder))
    model = build_model(published.config)
    load_whole(model, published.checkpoint)
    return model


def assert_same(state, expected):
    assert state.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.equal(state[name], value), name


def test_the_folder(task):
    folder, weights = task.published, weights_of(task.published)
    digest = sha256_of(weights)
    assert folder.name == f'small-{digest[:8]}'
    assert weights.name == f'delta-{digest[:8]}.safetensors'
    assert {path.name
            for path in folder.iterdir()} == {
                weights.name, 'config.py', 'metrics.json', MANIFEST,
                'README.md'
            }
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert_same(load_file(weights), read(task.delta)['state_dict'])


def test_what_it_says_of_itself(task):
    manifest = json.loads((task.published / MANIFEST).read_text())
    base = manifest['bases']['backbone']
    assert base['source'] == dict(
        type='Pretrained', checkpoint=str(task.base), prefix='backbone')
    assert len(base['sha256']) == 64
    assert manifest['host'] == 'mmpretrain'
    assert manifest['model'] == 'ImageClassifier'
    meta = read(task.delta)['meta']['dataset_meta']
    assert ast.literal_eval(manifest['dataset_meta']) == meta
    # It was saved before it was evaluated.
    assert manifest['metrics'] == {}


def test_metrics_of_the_best(task, tmp_path):
    best, = task.delta.parent.glob('best_*.pth')
    folder = publish(task.cfg, str(best), str(tmp_path), 'best')
    metrics = json.loads((folder / 'metrics.json').read_text())
    assert json.loads((folder / MANIFEST).read_text())['metrics'] == metrics
    assert metrics.keys() == {'accuracy/top1', 'accuracy/top5'}
    assert '| accuracy/top5 | ' in (folder / 'README.md').read_text()


def test_the_config(task):
    found = read_published(str(task.published)).config
    expected = Config.fromfile(task.config).to_dict()
    assert found.to_dict() == {
        key: value
        for key, value in expected.items() if key not in PRIVATE
    }


def test_it_is_the_model(task):
    expected = merge(task.cfg, str(task.delta))['state_dict']
    assert_same(loaded(task.published).state_dict(), expected)


def test_a_whole_file_is_published_as_a_delta(task, tmp_path):
    folder = publish(task.cfg, str(task.whole), str(tmp_path), 'other')
    assert folder.name == task.published.name.replace('small', 'other')
    assert weights_of(folder).read_bytes() == weights_of(
        task.published).read_bytes()


def test_half(task, tmp_path):
    folder = publish(
        task.cfg, str(task.delta), str(tmp_path), 'half', half=True)
    sizes = [
        weights_of(one).stat().st_size for one in (task.published, folder)
    ]
    assert 0.45 < sizes[1] / sizes[0] < 0.65  # headers have the same size
    kinds = {value.dtype for value in load_file(weights_of(folder)).values()}
    assert kinds == {torch.float16, torch.int64, torch.uint8}
    state = loaded(folder).state_dict()
    for name, value in merge(task.cfg, str(task.delta))['state_dict'].items():
        assert state[name].dtype == value.dtype
        bound = 1e-7 + value.double().abs() / 1000
        assert ((state[name] - value).double().abs() <= bound).all(), name
        if name.startswith('backbone.layer'):  # the base's
            assert torch.equal(state[name], value), name


def test_what_does_not_fit_into_half(task, tmp_path):
    content = read(task.delta)
    content['state_dict']['head.fc.bias'][0] = 70000.
    torch.save(content, tmp_path / 'x.pth')
    folder = publish(
        task.cfg, str(tmp_path / 'x.pth'), str(tmp_path), 'half', half=True)
    assert load_file(weights_of(folder))['head.fc.bias'][0] == 70000.
    assert loaded(folder).head.fc.bias[0] == 70000.


def test_again(task, tmp_path):
    """The same weights; what is said of them is newer."""
    folders = [
        publish(task.cfg, str(task.delta), str(tmp_path), 'x', dict(a=number))
        for number in (1., 2.)
    ]
    assert folders[0] == folders[1]
    assert list(tmp_path.iterdir()) == [folders[0]]
    metrics = json.loads((folders[0] / MANIFEST).read_text())['metrics']
    assert metrics == dict(a=2.)


def test_nothing_is_left_of_what_fails(task, tmp_path, monkeypatch):

    def full(*args):
        raise OSError('No space left on device')

    module = sys.modules[publish.__module__]  # the function has its name
    monkeypatch.setattr(module, 'model_card', full)
    with pytest.raises(OSError):
        publish(task.cfg, str(task.delta), str(tmp_path), 'x')
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('name', ['a/b', '../x', 'two words', ''])
def test_a_name_that_is_none(name, task, tmp_path):
    with pytest.raises(UserError, match='cannot be the name of a task'):
        publish(task.cfg, str(task.delta), str(tmp_path), name)
    assert list(tmp_path.iterdir()) == []


def test_not_a_config_that_could_not_be_read(task, tmp_path):
    cfg = with_backbone(task)
    cfg.own = dict(type='os.system')
    with pytest.raises(UserError, match='is no registered name'):
        publish(cfg, str(task.delta), str(tmp_path), 'x')
    assert list(tmp_path.iterdir()) == []


def test_of_finetuned_weights(task, tmp_path):
    cfg = with_backbone(task, tuning='finetune')
    path = stock_weights(task, tmp_path / 'x.pth')
    folder = publish(cfg, str(path), str(tmp_path), 'x')
    assert weights_of(folder).name.startswith('weights-')
    manifest = json.loads((folder / MANIFEST).read_text())
    assert manifest['bases'] == {}
    assert_same(loaded(folder).state_dict(), read(path))


def test_another_base(task, tmp_path):
    with pytest.raises(UserError, match='are not those of'):
        publish(task.cfg, str(trained_on(task, tmp_path / 'x.pth')),
                str(tmp_path / 'zoo'), 'x')
    cfg = with_base(task, other_base(task, tmp_path / 'other.pth'))
    with pytest.raises(UserError, match='was trained on the base'):
        publish(cfg, str(task.delta), str(tmp_path / 'zoo'), 'x')
    assert not (tmp_path / 'zoo').exists()


def test_another_model(task, tmp_path):
    cfg = with_backbone(task)
    cfg.model.head.num_classes = 30
    with pytest.raises(UserError, match='does not fill 2 of the'):
        publish(cfg, str(task.delta), str(tmp_path / 'zoo'), 'x')
    state = read(task.delta)['state_dict']
    torch.save({**state, 'neck.x': torch.ones(1)}, tmp_path / 'x.pth')
    with pytest.raises(UserError, match='has neck.x, which the model'):
        publish(task.cfg, str(tmp_path / 'x.pth'), str(tmp_path / 'zoo'), 'x')
    assert not (tmp_path / 'zoo').exists()


def test_the_identity_is_stored_once(task):
    names = [
        name for name in load_file(weights_of(task.published))
        if name.endswith(BASE)
    ]
    assert names == [f'backbone.{BASE}']


def test_metrics_of():
    history = HistoryBuffer()
    history.update(0.25)
    history.update(0.5)
    hub = dict(
        log_scalars={
            'val/acc': history,
            'val/time': history,
            'val/data_time': history,
            'train/loss': history,
            'val/text': 'x'
        },
        runtime_info=dict(best_ckpt='run/best_acc_epoch_2.pth', epoch=3))
    content = dict(message_hub=hub)
    assert metrics_of(content, 'x/best_acc_epoch_2.pth') == dict(acc=0.5)
    assert metrics_of(content, 'run/epoch_3.pth') == {}
    assert metrics_of({}, 'x') == metrics_of(dict(message_hub=None), '') == {}


def test_read_metrics(tmp_path):
    path = tmp_path / 'x.json'
    path.write_text('{"a": 1, "b": "x", "c": 0.5}')
    assert read_metrics(str(path)) == dict(a=1, c=0.5)
    path.write_text('{"metrics": {"a": 1}, "checkpoint": "x"}')
    assert read_metrics(str(path)) == dict(a=1)
    for text in ('', '[1]', '{"metrics": 1}', '{"a": '):
        path.write_text(text)
        with pytest.raises(UserError, match=f'^--metrics {path} is no JSON'):
            read_metrics(str(path))
    with pytest.raises(UserError, match='is no JSON file'):
        read_metrics(str(tmp_path / 'none.json'))


def test_plain():
    node = dict(a=np.float32(0.5), b=[np.array([1, 2]), (np.int64(3), 'x')])
    assert repr(_plain(node)) == "{'a': 0.5, 'b': [[1, 2], (3, 'x')]}"
