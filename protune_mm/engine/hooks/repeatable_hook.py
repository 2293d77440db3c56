"""Makes a run depend on its seed alone, wherever it was interrupted."""
import random
from functools import partial
from typing import Any, Iterator, List, Optional, Sequence

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import IterBasedTrainLoop, Runner
from torch.utils.data import BatchSampler, Dataset, IterableDataset


def _seed(*numbers: int) -> None:
    """Seed Python, numpy and torch from several numbers."""
    seed = int(np.random.SeedSequence(numbers).generate_state(1)[0])
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


class Place:
    """An index into a data set that knows its place in the training."""
    index: Any
    numbers: Sequence[int]


class NumberPlace(Place, int):
    """The index of an image."""


class FramePlace(Place, tuple):
    """The index of a video and of a frame in it."""


def _place(index: Any, numbers: Sequence[int]) -> Place:
    """Let an index know its place, for batch samplers still what it was."""
    place = (FramePlace if isinstance(index, tuple) else NumberPlace)(index)
    place.index, place.numbers = index, numbers
    return place


class Places:
    """A sampler whose indices know their places.

    Args:
        sampler (Sampler): Yields indices.
        seed (int): Seed of the run.
        start (int): How many indices are skipped by the sampler itself.
            Default: 0.
    """

    def __init__(self, sampler: Any, seed: int, start: int = 0) -> None:
        self.sampler = sampler
        self.seed = seed
        self.start = start
        self.begin(0)

    def begin(self, epoch: int) -> None:
        """Start to count, in an epoch-based training with each epoch.

        Args:
            epoch (int): Number of the epoch.
        """
        self.epoch = epoch
        self.number = self.start

    def __iter__(self) -> Iterator[Place]:
        for index in self.sampler:
            numbers = (self.seed, get_rank(), self.epoch, self.number)
            self.number += 1
            yield _place(index, numbers)

    def __len__(self) -> int:
        return len(self.sampler)

    def __getattr__(self, name: str) -> Any:
        # Batch samplers ask it for its data set, the runner for its epoch.
        return getattr(self.__dict__['sampler'], name)


def _items(dataset: Dataset, places: Sequence[Place]) -> List[Any]:
    """Load the items of a batch, the augmentation of each by its place."""
    items = []
    for place in places:
        if isinstance(place, Place):  # not of a loader of another hook
            _seed(*place.numbers)
            place = place.index
        items.append(dataset[place])
    return items


@HOOKS.register_module()
class RepeatableHook(Hook):
    """Let an interrupted and resumed training be the run it would have been.

    mmengine keeps weights, optimizer and schedules, and the position of a
    sampler, but no random state. Here the augmentation of an image follows
    from the seed, the epoch and its place in it (or in the endless stream of
    an iteration-based training), and what the model draws from the seed and
    the iteration. So neither the number of workers nor what they loaded ahead
    matters. A checkpoint inside an epoch or between two steps of accumulated
    gradients loses what came after the epoch's or the sum's start. A data set
    that is a stream draws as it always does.
    """

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self.places: Optional[Places] = None

    def before_run(self, runner: Runner) -> None:
        """Remember for which seed the samplers were built."""
        self.built_with = runner.seed

    def before_train(self, runner: Runner) -> None:
        """Give the indices of the training set their places.

        Args:
            runner (Runner): The runner, its checkpoint loaded.
        """
        loader = runner.train_dataloader
        batches = loader.batch_sampler
        if isinstance(loader.dataset, IterableDataset):
            return
        sampler = batches.sampler
        # A checkpoint brings the seed of a run whose config has none.
        if getattr(sampler, 'seed', None) == self.built_with:
            sampler.seed = runner.seed
        start = 0
        if (isinstance(runner.train_loop, IterBasedTrainLoop)
                and hasattr(sampler, 'skip') and type(batches) is BatchSampler
                and not runner.train_loop.fast_forward_on_resume):
            # mmengine lets such a sampler skip what the run has seen.
            start = runner.iter * batches.batch_size
        self.places = batches.sampler = Places(sampler, runner.seed, start)
        loader.dataset.__getitems__ = partial(_items, loader.dataset)

    def before_train_epoch(self, runner: Runner) -> None:
        """Count the epoch; an iteration-based training is one."""
        if self.places:
            self.places.begin(runner.epoch)

    def before_train_iter(self,
                          runner: Runner,
                          batch_idx: int,
                          data_batch: Any = None) -> None:
        """Seed what the model draws in this iteration."""
        _seed(runner.seed, get_rank(), runner.iter)
