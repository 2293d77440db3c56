"""A runner's loaders, as they are built."""
import random
from copy import deepcopy
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS
from mmengine.runner import Runner
from torch.utils.data import DataLoader, IterableDataset

from protune_mm.errors import UserError
from protune_mm.preflight import check_loaders
from protune_mm.preflight.loaders import ignored
from protune_mm.preflight.sample_error import NamedPipeline


def step(data):
    random.random()
    if data['number'] == 9:
        raise KeyError('nine')
    return data


@DATASETS.register_module()
class Numbers(BaseDataset):

    def __init__(self, numbers, **kwargs):
        self.numbers = numbers
        super().__init__(pipeline=[step], **kwargs)

    def load_data_list(self):
        if 13 in self.numbers:
            raise RuntimeError('thirteen')
        return [dict(number=x) for x in self.numbers]


def build(numbers,
          name='train_dataloader',
          kind='Numbers',
          packed=True,
          **more):
    loader = dict(
        dataset=dict(type=kind, numbers=numbers, serialize_data=packed),
        batch_size=1,
        sampler=dict(type='DefaultSampler', shuffle=False))
    cfg = Config(
        dict(
            train_dataloader=loader,
            test_dataloader=deepcopy(loader),
            model={},
            **more))
    runner = SimpleNamespace(
        _train_dataloader=cfg.train_dataloader,
        _test_dataloader=cfg.test_dataloader,
        build_dataloader=Runner.build_dataloader)
    check_loaders(runner, cfg)
    return runner.build_dataloader(cfg[name], seed=0)


def test_good_data_pass_and_no_random_number_is_missed():
    random.seed(0)
    expected = random.random()
    random.seed(0)
    loader = build([1, 2, 3])
    assert random.random() == expected
    assert isinstance(loader.dataset.pipeline, NamedPipeline)
    assert len(loader) == 3


@pytest.mark.parametrize('numbers, named', [
    ([1, 9], "An image without a file cannot be used: KeyError: 'nine'"),
    ([], 'train_dataloader finds no images it could use'),
    ([13], 'The data of train_dataloader cannot be loaded: RuntimeError: '
     'thirteen'),
])
def test_bad_data_are_named(numbers, named):
    with pytest.raises(UserError, match=named):
        build(numbers)


def test_checks_can_be_skipped():
    loader = build([1, 9], skip_checks=True)
    with pytest.raises(UserError, match='nine'):
        list(loader)


@pytest.mark.parametrize('name', ['train_dataloader', 'test_dataloader'])
def test_the_loader_in_use_is_named(name):
    with pytest.raises(UserError, match=f'{name} finds no images'):
        build([], name)


def test_an_empty_list_that_is_not_packed():
    with pytest.raises(UserError, match='train_dataloader finds no images'):
        build([], packed=False)


class Stream(IterableDataset):

    def __len__(self):
        return 2

    def __iter__(self):
        return iter([1, 2])


def test_streams_are_not_tried(monkeypatch):
    monkeypatch.setattr(Runner, 'build_dataloader',
                        staticmethod(lambda *a, **k: DataLoader(Stream())))
    assert len(build([1])) == 2


@DATASETS.register_module()
class Lenient(Numbers):
    """Waits for an error of a step."""

    def prepare_data(self, idx):
        try:
            return super().prepare_data(idx)
        except KeyError:
            return dict(number=0)


def test_data_sets_that_expect_an_error():
    loader = build([1, 9], kind='Lenient')
    assert [batch['number'][0] for batch in loader] == [1, 0]


HEAD = dict(type='FCNHead')
OTHER = dict(HEAD, loss_decode=dict(ignore_index=250))


@pytest.mark.parametrize('decode, auxiliary, labels', [
    (HEAD, None, {255}),
    (dict(HEAD, ignore_index=250), None, {250}),
    (OTHER, [OTHER, OTHER], {250}),
    (OTHER, HEAD, set()),
])
def test_labels_that_all_heads_ignore(decode, auxiliary, labels):
    cfg = Config(
        dict(model=dict(decode_head=decode, auxiliary_head=auxiliary)))
    assert ignored(cfg, 'train_dataloader') == labels


@pytest.mark.parametrize('evaluator, labels', [
    (None, {255}),
    (dict(type='IoUMetric', ignore_index=250), {250}),
    ([dict(type='IoUMetric'), dict(type='IoUMetric')], {255}),
])
def test_labels_that_evaluators_ignore(evaluator, labels):
    cfg = Config(dict(model={}, val_evaluator=evaluator))
    assert ignored(cfg, 'val_dataloader') == labels
