"""What the hooks about prompt tokens share: the tokens, and images."""
import random
from contextlib import contextmanager
from copy import deepcopy
from typing import Iterator

import numpy as np
import torch
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import Tensor
from torch.utils.data import DataLoader, Subset

from protune_mm.errors import UserError
from protune_mm.methods import PromptTokens


def find_prompted(runner: Runner, hook: str) -> PromptTokens:
    """Find the prompt tokens of a model.

    Args:
        runner (Runner): A runner; its model may be wrapped.
        hook (str): Name of the hook that needs them.

    Returns:
        PromptTokens: The method of the one backbone that has them.

    Raises:
        UserError: If no backbone, or more than one, has prompt tokens.
    """
    found = [
        method for module in runner.model.modules()
        for method in getattr(module, 'methods', ())
        if isinstance(method, PromptTokens)
    ]
    if len(found) != 1:
        raise UserError(
            f'{hook} needs one backbone with prompt tokens and there are '
            f'{len(found)}: take PromptedViT or PromptedSwin with '
            "tuning='protune', or leave the hook out.")
    return found[0]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed what data pipelines draw from; training's state is put back after.

    Args:
        seed (int): The seed.
    """
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        random.seed(seed)
        np.random.seed(seed)
        # torch.manual_seed would reach the GPUs, whose state is not kept.
        torch.default_generator.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)


def training_images(runner: Runner, number: int) -> Iterator[Tensor]:
    """Draw images of the training set, each at most once, as training does.

    They are cut and normalised as in training, but not mixed with each other,
    and come one by one: images of several sizes would be padded in a batch,
    with patches that are of no image. To be used inside :func:`seeded`.

    Args:
        runner (Runner): A runner that trains.
        number (int): Images to draw; fewer if there are no more.

    Yields:
        Tensor: An image ``(1, 3, H, W)`` on the model's device.
    """
    loader = runner.train_dataloader
    drawn = torch.randperm(len(loader.dataset))[:number]
    batches = DataLoader(
        Subset(loader.dataset, drawn.tolist()), collate_fn=loader.collate_fn)
    model = runner.model
    model = model.module if is_model_wrapper(model) else model
    # Training mode: in no other does mmseg pad to the size it trains with.
    preprocessor = deepcopy(model.data_preprocessor)
    preprocessor.batch_augments = None
    for batch in batches:
        yield preprocessor(batch, True)['inputs']
