"""A resumed training is the one that ran through, whatever its loop."""
import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.hooks import Hook
from torch.utils.data import DataLoader, IterableDataset

from protune_mm.apis import build_runner
from protune_mm.engine.hooks.repeatable_hook import Places, _items
from tests.small_training import ITEMS, Interruption, small_config, train

BATCHES = ITEMS // 4  # of an epoch


class Watch(Hook):
    """Keeps the images that are trained on."""

    priority = 'LOWEST'

    def __init__(self, stop=None):
        self.images = []
        self.stop = stop

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.images.extend(x.numpy() for x in data_batch['inputs'])

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        # Of an iteration-based training, whose checkpoint has been written.
        if not runner.train_loop.max_epochs > 1 and \
                runner.iter + 1 == self.stop:
            raise Interruption

    def after_train_epoch(self, runner):
        if (runner.epoch + 1) * BATCHES == self.stop:
            raise Interruption


def by_epoch(folder, workers, seed=0):
    """Three epochs; the seeds of workers are the runner's own."""
    cfg = small_config(folder, seed=seed, workers=workers)
    cfg.custom_hooks = []
    cfg.train_dataloader.pop('worker_init_fn')
    return cfg


def by_epoch_of_persistent_workers(folder, workers, seed=0):
    """Workers that load ahead into the next epoch."""
    cfg = by_epoch(folder, workers, seed)
    cfg.train_dataloader.persistent_workers = True
    return cfg


def by_iteration(folder, workers, seed=0):
    """As many iterations of an endless stream."""
    cfg = by_epoch(folder, workers, seed)
    cfg.train_dataloader.sampler.type = 'InfiniteSampler'
    iterations = 3 * BATCHES
    cfg.train_cfg = dict(
        by_epoch=False, max_iters=iterations, val_interval=iterations)
    cfg.param_scheduler = dict(
        type='CosineAnnealingLR', T_max=iterations, by_epoch=False)
    cfg.default_hooks = dict(
        checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=3))
    return cfg


def by_iteration_of_epochs(folder, workers, seed=0):
    """A sampler that ends; mmengine starts it again."""
    cfg = by_iteration(folder, workers, seed)
    cfg.train_dataloader.sampler.type = 'DefaultSampler'
    return cfg


@pytest.mark.parametrize('config, workers, seed', [
    (by_epoch, 2, 0),
    (by_epoch_of_persistent_workers, 2, 0),
    (by_epoch, 0, None),
    (by_iteration, 2, 0),
    (by_iteration, 0, None),
    (by_iteration_of_epochs, 2, 0),
])
def test_a_resumed_training_ends_like_one_that_ran_through(
        config, workers, seed, tmp_path):
    through, start, rest = Watch(), Watch(stop=2 * BATCHES), Watch()
    expected = train(config(tmp_path / 'a', workers, seed), through)
    cfg = config(tmp_path / 'b', workers, expected.seed)
    with pytest.raises(Interruption):
        train(cfg, start)
    cfg.randomness.seed = seed  # None: the checkpoint knows it
    found = train(cfg, rest, resume=True)
    assert len(rest.images) == BATCHES * 4
    np.testing.assert_array_equal(rest.images, through.images[-BATCHES * 4:])
    weights = found.model.state_dict()
    for name, value in expected.model.state_dict().items():
        assert torch.equal(weights[name], value), name


@pytest.mark.parametrize('config', [by_epoch, by_iteration_of_epochs])
def test_no_two_images_are_alike(config, tmp_path):
    """Neither of two seeds, nor of two passes."""
    images = []
    for seed in range(2):
        watch = Watch()
        train(config(tmp_path / f'{seed}', 2, seed), watch)
        images.extend(watch.images)
    for source in range(3):
        noise = {image[source].tobytes() for image in images}
        assert len(noise) == 2 * 3 * ITEMS


def test_workers_change_nothing(tmp_path):
    watches = [Watch(), Watch()]
    for workers, watch in zip((0, 2), watches):
        train(by_iteration(tmp_path / f'{workers}', workers), watch)
    np.testing.assert_array_equal(*(watch.images for watch in watches))


def test_indices_of_frames():
    """As of mmdet's videos; batch samplers take them apart."""
    places = list(Places([(0, 3), (1, 4)], seed=0))
    assert places == [(0, 3), (1, 4)]
    items = _items({(0, 3): 'a', (1, 4): 'b'}, places)
    assert items == ['a', 'b']
    assert [place.numbers[-1] for place in places] == [0, 1]


class Stream(IterableDataset):
    """Images without a place."""

    def __init__(self, dataset):
        self.dataset = dataset

    def __len__(self):
        return len(self.dataset)

    def __iter__(self):
        return (self.dataset[i] for i in range(len(self)))


def test_streams_have_no_places(tmp_path):
    cfg = by_epoch(tmp_path / 'run', 0)
    cfg.val_dataloader = cfg.val_evaluator = cfg.val_cfg = None
    runner = build_runner(cfg)
    dataset = runner.build_dataloader(cfg.train_dataloader).dataset
    runner._train_dataloader = DataLoader(
        Stream(dataset), batch_size=4, collate_fn=pseudo_collate)
    runner.train()
    assert runner.epoch == 3
