"""Digits in scenes: a small set for detection and segmentation."""
from pathlib import Path
from typing import Union

from protune_mm.errors import UserError
from .digit_layouts import LAYOUTS
from .made_once import make_once

# To be raised when the same arguments give other files than before.
_VERSION = 1


def _check_arguments(arguments: dict) -> None:
    """Refuse numbers out of range."""
    for name, least in dict(num_train=1, num_val=1, size=96, seed=0).items():
        if arguments[name] < least:
            raise UserError(f'{name}={arguments[name]} is too small for digit '
                            f'scenes; give {least} or more.')
    if arguments['layout'] not in LAYOUTS:
        raise UserError(f"layout='{arguments['layout']}' is not known; give "
                        f'one of {", ".join(LAYOUTS)}.')
    if arguments['coco_names'] and arguments['layout'] != 'coco':
        raise UserError("coco_names goes with layout='coco' only; leave one "
                        'of them out.')


def make_digit_scenes(root: Union[str, Path],
                      num_train: int = 480,
                      num_val: int = 120,
                      size: int = 192,
                      seed: int = 0,
                      coco_names: bool = False,
                      layout: str = 'coco') -> Path:
    """Make a set of handwritten digits in the layout of COCO 2017 or ADE20K.

    The real digits and photographs that scikit-learn ships are composed to
    scenes with boxes, masks and pixel maps. Training and validation scenes
    show different digits. The same arguments give the same bytes; a set that
    is there already is left as it is.

    Args:
        root (str | Path): Folder of the set. It must not exist, or hold a
            set made with the same arguments.
        num_train (int): Number of training images. Defaults to 480.
        num_val (int): Number of validation images. Defaults to 120.
        size (int): Side of an image in pixels, at least 96. Defaults to 192.
        seed (int): Seed of the set, not negative. Defaults to 0.
        coco_names (bool): Whether to name digit k as COCO's k-th category
            and the photographs as COCO-Stuff's first two stuff classes, so
            that a config for 80 things and 183 pixel classes trains on the
            set unchanged. Else the categories are ``DIGIT_CLASSES`` with
            ids 1 to 10, and the pixel labels 0 to 9 for digits, 10 and 11
            for ``STUFF_CLASSES``. Defaults to False.
        layout (str): 'coco' for boxes, masks and pixel maps, or 'ade20k' for
            pixel maps only, counted from 1 as ADE20K does. See
            :mod:`~.digit_layouts`. Defaults to 'coco'.

    Returns:
        Path: The folder of the set.

    Raises:
        UserError: If a number is out of range, a layout is not known, or
            ``root`` exists and is not this very set.
    """
    arguments = dict(
        version=_VERSION,
        num_train=num_train,
        num_val=num_val,
        size=size,
        seed=seed,
        coco_names=coco_names,
        layout=layout)
    _check_arguments(arguments)
    return make_once(Path(root), arguments, 'digit scenes', LAYOUTS[layout])
