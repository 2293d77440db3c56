"""The table of what a training step will keep."""
from typing import Dict, List, NamedTuple, Optional

from protune_mm.execution import MEMORY
from .arms import FINETUNE, Arm
from .prediction import Foretold
from .text_table import draw, megabytes

OWN = ' *'
COUNTED = """* is the config. MB (10^6 bytes) kept between forward and
backward, by the backbone alone and by the whole model, beside weights and
images; RoIs are as many as the samplers take."""
MEASURED = """Measured: the same, counted in a step at full size; grows: by how
many MB memory grew in a step."""
HELD = """Batch: the largest that fits, of what is kept, parameters and
buffers, gradients and the optimizer's state of what trains; not of what an
operation needs for a moment."""


class Measured(NamedTuple):
    """What a step took at its full size.

    Args:
        kept (int): Bytes alive between forward and backward.
        grows (int, optional): Of :func:`~.step.growth`.
    """
    kept: int
    grows: Optional[int]


def _ratio(value: float, reference: Optional[float]) -> str:
    return f'{value / reference:.2f}' if reference else '-'


def prediction_table(foretold: Dict[Arm, Foretold],
                     own: Arm,
                     images: int,
                     measured: Dict[Arm, Measured],
                     budget: Optional[int] = None) -> str:
    """Draw what steps of ways of tuning cost.

    Args:
        foretold (dict[Arm, Foretold]): Of each way.
        own (Arm): The config's.
        images (int): The batch.
        measured (dict[Arm, Measured]): Of the ways that were measured.
        budget (int, optional): Bytes that there are. Default: None.

    Returns:
        str: A table, a line a way, and what is counted.
    """
    headings = ['tuning', 'backbone', 'model', '× FT', 'TFLOPs']
    headings += ['measured', 'off by', 'grows'] * bool(measured)
    headings += ['batch'] * bool(budget)
    reference = foretold[FINETUNE].at(images).model \
        if FINETUNE in foretold else None
    rows = []
    for arm, costs in foretold.items():
        step = costs.at(images)
        row = [
            arm.name + OWN * (arm == own),
            megabytes(step.backbone),
            megabytes(step.model),
            _ratio(step.model, reference), f'{step.flops / 1e12:.3f}'
        ]
        if measured:
            row += _measured(measured.get(arm), step.model)
        if budget:
            fits = costs.fits(budget)
            row.append('any' if fits is None else str(fits))
        rows.append(row)
    notes = [COUNTED] + [MEASURED] * bool(measured) + [HELD] * bool(budget)
    return '\n'.join([draw(headings, rows), *notes])


def _measured(found: Optional[Measured], kept: float) -> List[str]:
    if found is None:
        return ['', '', '']
    return [
        megabytes(found.kept), f'{100 * (kept / found.kept - 1):+.1f} %',
        megabytes(found.grows)
    ]


def advice(foretold: Dict[Arm, Foretold], own: Arm, images: int, budget: int,
           amount: str) -> str:
    """Say with which ``memory`` how large a batch fits.

    Args:
        foretold (dict[Arm, Foretold]): Of each way.
        own (Arm): The config's.
        images (int): The config's batch.
        budget (int): Bytes that there are.
        amount (str): The same as the user wrote it.

    Returns:
        str: A sentence.
    """

    def room(arm: Arm) -> float:
        fits = foretold[arm].fits(budget)
        return float('inf') if fits is None else fits

    if own.tuning != 'protune':
        number = room(own)
        return (f'{amount}: a batch of {number:.0f} fits as configured.'
                if number else f'{amount} are too little for one image: '
                'give --budget more, or --size smaller images.')
    # From the fastest to the one that keeps least.
    arms = [arm for arm in foretold if arm.tuning == 'protune']
    for arm in arms:
        if room(arm) >= images:
            return (f'{amount}: the batch of {images} fits with memory='
                    f"'{arm.memory}', and up to {room(arms[-1]):.0f} "
                    f"images with memory='{MEMORY[-1]}'.")
    best = max(arms, key=room)
    if room(best):
        return (f'{amount}: the batch of {images} does not fit; '
                f"{room(best):.0f} images do with memory='{best.memory}'.")
    return (f'{amount} are too little for one image: give --budget more, or '
            '--size smaller images.')
