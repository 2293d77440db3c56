"""What an image takes, in a file and in PyTorch."""
from statistics import median
from typing import List, NamedTuple, Optional

import torch
from torch import nn

from protune_mm.costs.image_size import Size
from protune_mm.costs.round_robin import Job, paired_ratio, round_robin
from protune_mm.progress import progress_bar
from .onnx_file import (FIXED, INPUT, Exported, open_session, random_images,
                        to_onnx)
from .traced import traced

FILE, PYTORCH, STOCK = ('this file, onnxruntime', 'this model, PyTorch',
                        'stock network, onnxruntime')


class Latency(NamedTuple):
    """What an image takes.

    Args:
        name (str): What computed it.
        seconds (float): The median over rounds.
        to_pytorch (float): The median ratio to PyTorch in the same round.
        to_stock (float, optional): That to the stock network's file.
    """
    name: str
    seconds: float
    to_pytorch: float
    to_stock: Optional[float]


def _run_file(content: bytes, images: torch.Tensor) -> Job:
    session, feed = open_session(content), {INPUT: images.numpy()}
    return lambda: session.run(None, feed)


def compare_latency(exported: Exported, model: nn.Module,
                    stock: Optional[nn.Module], size: Size,
                    rounds: int) -> List[Latency]:
    """Time single images in turn, so that a busy machine disturbs all alike.

    Args:
        exported (Exported): The file.
        model (nn.Module): The model in PyTorch, in eval mode.
        stock (nn.Module, optional): The host's own network, if the model is
            another.
        size (tuple[int, int]): Height and width of the images.
        rounds (int): How often each is timed.

    Returns:
        list[Latency]: Of the file, of PyTorch, and of the stock network's
        file if there is one.
    """
    images = random_images(1, size)

    def run_model() -> None:
        with torch.no_grad():
            exported.model.predict(model, images)

    jobs = {FILE: _run_file(exported.content, images), PYTORCH: run_model}
    if stock is not None:
        content = to_onnx(traced(stock), size, exported.sizes != FIXED)
        jobs[STOCK] = _run_file(content, images)
    for job in jobs.values():  # the first runs allocate
        job()
    total = rounds * len(jobs)
    with progress_bar(total=total, desc='latency', unit='image') as bar:
        times = round_robin(jobs, rounds, lambda: None, bar.update)
    return [
        Latency(
            name, median(seconds),
            paired_ratio(seconds, times[PYTORCH]).middle,
            paired_ratio(seconds, times[STOCK]).middle
            if STOCK in times else None) for name, seconds in times.items()
    ]
