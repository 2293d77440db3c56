"""Batches of one training step that need no data."""
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, Optional

import torch
from mmengine.config import Config
from mmengine.structures import InstanceData, PixelData
from torch import Tensor, nn

from protune_mm.errors import UserError
from protune_mm.preflight.config_parts import find_heads
from .image_size import Size

OBJECTS = 8  # of each image
SEED = 0


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(SEED)


def _images(number: int, size: Size) -> List[Tensor]:
    return list(
        torch.randint(
            256, (number, 3, *size), dtype=torch.uint8,
            generator=_generator()))


def _classes(cfg: Config) -> int:
    return min([number for _, number, _ in find_heads(cfg)] or [2])


def _detection(cfg: Config, model: nn.Module, number: int,
               size: Size) -> Dict[str, list]:
    from mmdet.testing import demo_mm_inputs
    semantic = getattr(model.roi_head, 'semantic_head', None) if hasattr(
        model, 'roi_head') else None
    classes = _classes(cfg)
    batch = demo_mm_inputs(
        number, (3, *size),
        num_items=[OBJECTS] * number,
        num_classes=max(classes, 2),
        with_mask=getattr(model, 'with_mask', True))
    boxes = _boxes(size)
    for sample in batch['data_samples']:
        instances = sample.gt_instances
        instances.bboxes = boxes.clone()
        instances.labels.clamp_(max=classes - 1)
        sample.ignored_instances = sample.ignored_instances[:0]
        if semantic is not None:
            labels = torch.randint(
                semantic.num_classes, (1, *size), generator=_generator())
            sample.gt_sem_seg = PixelData(sem_seg=labels)
    return batch


def _boxes(size: Size) -> Tensor:
    """Lay out boxes of objects, one beside the other."""
    columns = OBJECTS // 2
    step = torch.tensor([size[1] / columns, size[0] / 2])
    corners = torch.cartesian_prod(torch.arange(columns),
                                   torch.arange(2)) * step
    return torch.cat([corners + step * .1, corners + step * .9], 1)


def _segmentation(cfg: Config, model: nn.Module, number: int,
                  size: Size) -> Dict[str, list]:
    from mmseg.structures import SegDataSample
    samples = []
    for _ in range(number):
        labels = torch.randint(
            _classes(cfg), (1, *size), generator=_generator())
        samples.append(
            SegDataSample(
                gt_sem_seg=PixelData(data=labels),
                metainfo=dict(img_shape=size, ori_shape=size, pad_shape=size)))
    return dict(inputs=_images(number, size), data_samples=samples)


def _classification(cfg: Config, model: nn.Module, number: int,
                    size: Size) -> Dict[str, Any]:
    from mmpretrain.structures import DataSample
    labels = torch.randint(_classes(cfg), (number, ), generator=_generator())
    samples = [DataSample().set_gt_label(label) for label in labels.tolist()]
    return dict(
        inputs=torch.stack(_images(number, size)), data_samples=samples)


# By the library that a model comes from.
MAKERS = dict(
    mmdet=_detection, mmseg=_segmentation, mmpretrain=_classification)


def _maker(model: nn.Module) -> Optional[Callable]:
    """Find who makes batches, also for a class derived from a library's."""
    for cls in type(model).__mro__:
        if cls.__module__.split('.')[0] in MAKERS:
            return MAKERS[cls.__module__.split('.')[0]]
    return None


def synthetic_batch(cfg: Config, model: nn.Module, number: int,
                    size: Size) -> Dict[str, Any]:
    """Make a batch for ``model.loss``, the same for the same arguments.

    Args:
        cfg (Config): The model's complete config.
        model (nn.Module): A detector, segmentor or classifier.
        number (int): Images of the batch.
        size (tuple[int, int]): Their height and width in pixels.

    Returns:
        dict: ``inputs``, ``(B, 3, H, W)``, and ``data_samples``, as the
        model's data preprocessor returns them.

    Raises:
        UserError: If the model is of none of the three libraries.
    """
    make = _maker(model)
    if make is None:
        raise UserError(f'{type(model).__name__} is neither of mmdet nor of '
                        'mmseg or mmpretrain: what a step of it takes is not '
                        'known.')
    batch = make(cfg, model, number, size)
    preprocessor = model.data_preprocessor
    # mmseg's pads to the size of the config.
    with _replaced(preprocessor, 'size',
                   size if getattr(preprocessor, 'size', None) else None):
        return preprocessor(batch, training=True)


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Give an attribute another value inside this context; None keeps it."""
    before = getattr(owner, name, None)
    if value is not None:
        setattr(owner, name, value)
    try:
        yield
    finally:
        if value is not None:
            setattr(owner, name, before)


def _proposals(boxes: Tensor, needed: int) -> InstanceData:
    """Make boxes close to objects, and as many far from them."""
    generator = _generator()
    edges = (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2).cpu()
    copies = -(-needed // len(boxes))
    moves = torch.rand(copies, len(boxes), 4, generator=generator) - .5
    close = boxes.cpu() + moves * edges * .04
    # A fifth of an object's width and height is no object.
    far = close.clone()
    far[..., 2:] = far[..., :2] + (far[..., 2:] - far[..., :2]) * .2
    found = torch.cat([close, far]).flatten(0, 1).to(boxes)
    return InstanceData(
        bboxes=found,
        labels=torch.zeros(len(found), dtype=torch.long, device=boxes.device),
        scores=torch.ones(len(found), device=boxes.device))


def _stop_regression(head: nn.Module) -> None:
    """Let boxes stay where they are: random weights would lose objects."""
    for name, parameter in head.named_parameters():
        if 'fc_reg' in name.split('.'):
            nn.init.zeros_(parameter)


@contextmanager
def full_sampling(model: nn.Module, share: float = 1.) -> Iterator[float]:
    """Give the samplers of RoI heads all they ask for inside this context.

    As many objects and as much background as they take at most, as once the
    RPN has learned: what a step keeps then depends neither on weights nor on
    the size of images.

    Args:
        model (nn.Module): Any model; without RoI heads nothing changes. The
            boxes' regression is set to zero.
        share (float): The part of that number. Default: 1.0.

    Yields:
        float: The part that it became, as objects are a whole number.
    """
    head = getattr(model, 'roi_head', None)
    samplers = getattr(head, 'bbox_sampler', None)
    if samplers is None:
        yield 1.
        return
    samplers = samplers if isinstance(samplers, list) else [samplers]
    before = [sampler.num for sampler in samplers]
    stock = head.loss

    def loss(x: Any, proposals: list, samples: list) -> dict:
        proposals = [
            _proposals(sample.gt_instances.bboxes, max(before))
            for sample in samples
        ]
        return stock(x, proposals, samples)

    for sampler, number in zip(samplers, before):
        if share < 1:
            sampler.num = min(max(int(number * share) // 4, 4) * 4, number)
    head.loss = loss
    _stop_regression(head)
    try:
        yield samplers[0].num / before[0]
    finally:
        del head.loss
        for sampler, number in zip(samplers, before):
            sampler.num = number
