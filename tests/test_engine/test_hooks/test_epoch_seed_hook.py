"""An epoch is the same whenever it is trained, and like no other."""
import numpy as np
import pytest
import torch
from mmengine.hooks import Hook

from tests.small_training import ITEMS, Interruption, Stop, small_config, train


class Watch(Hook):
    """Keeps the images that are trained on, and the last metrics."""

    def __init__(self):
        self.images = []

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.images.extend(x.numpy() for x in data_batch['inputs'])

    def after_val_epoch(self, runner, metrics=None):
        self.metrics = metrics


@pytest.mark.parametrize('epoch, workers', [(2, 0), (1, 2)])
def test_a_resumed_training_ends_like_one_that_ran_through(
        epoch, workers, tmp_path):
    through, rest = Watch(), Watch()
    expected = train(small_config(tmp_path / 'a', workers=workers), through)
    cfg = small_config(tmp_path / 'b', workers=workers)
    with pytest.raises(Interruption):
        train(cfg, Stop(epoch))
    found = train(cfg, rest, resume=True)
    assert len(rest.images) == (3 - epoch) * ITEMS
    np.testing.assert_array_equal(rest.images, through.images[epoch * ITEMS:])
    weights = found.model.state_dict()
    for name, value in expected.model.state_dict().items():
        assert torch.equal(weights[name], value), name
    assert rest.metrics == through.metrics


@pytest.mark.parametrize('workers', [0, 2])
def test_no_two_images_are_alike(workers, tmp_path):
    """Neither of two seeds, nor of two epochs, nor of two workers."""
    images = []
    for seed in range(2):
        watch = Watch()
        cfg = small_config(tmp_path / f'{seed}', seed=seed, workers=workers)
        train(cfg, watch)
        images.extend(watch.images)
    for source in range(3):
        noise = {image[source].tobytes() for image in images}
        assert len(noise) == 2 * 3 * ITEMS
