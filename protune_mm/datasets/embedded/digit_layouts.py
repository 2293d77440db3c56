"""Digits in scenes on disk, laid out as well-known sets are."""
from pathlib import Path
from typing import Iterable, List, Tuple

import numpy as np

from protune_mm.progress import progress_bar
from . import layouts
from .digit_rendering import DIGIT_CLASSES, iter_scenes

# COCO's 80 categories use these of the ids 1 to 90, both ends included.
_COCO_ID_RANGES = ((1, 11), (13, 25), (27, 28), (31, 44), (46, 65), (67, 67),
                   (70, 70), (72, 82), (84, 90))


def _instance(instance: dict, categories: List[dict]) -> dict:
    """Describe an instance as COCO does, but for its ids."""
    from pycocotools import mask as coco_mask
    rle = coco_mask.encode(np.asfortranarray(instance['mask'], np.uint8))
    return dict(
        category_id=categories[instance['label']]['id'],
        bbox=coco_mask.toBbox(rle).tolist(),
        area=int(coco_mask.area(rle)),
        iscrowd=0,
        segmentation=dict(size=rle['size'], counts=rle['counts'].decode()),
        digit_index=instance['digit_index'])


def _categories(coco_names: bool) -> List[dict]:
    if coco_names:
        from mmdet.datasets import CocoDataset
        names = CocoDataset.METAINFO['classes']
        ids = [i for a, b in _COCO_ID_RANGES for i in range(a, b + 1)]
    else:
        names, ids = DIGIT_CLASSES, range(1, 11)
    return [dict(id=i, name=name) for i, name in zip(ids, names)]


def _scenes(split: str, arguments: dict, backgrounds: Tuple[int,
                                                            int]) -> Iterable:
    number = arguments[f'num_{split}']
    scenes = iter_scenes(split, number, arguments['size'], arguments['seed'],
                         backgrounds)
    return progress_bar(scenes, split, number)


def write_coco(root: Path, split: str, arguments: dict) -> None:
    """Write images, label maps and annotations of a split as COCO 2017.

    See :func:`.layouts.write_coco`.

    Args:
        root (Path): Folder of the set.
        split (str): 'train' or 'val'.
        arguments (dict): Of :func:`~.digit_scenes.make_digit_scenes`.
    """
    coco_names = arguments['coco_names']
    categories = _categories(coco_names)
    backgrounds = (91, 92) if coco_names else (10, 11)
    scenes = ((image, label_map, [_instance(x, categories) for x in instances])
              for image, label_map, instances in _scenes(
                  split, arguments, backgrounds))
    layouts.write_coco(root, split, scenes, categories, arguments)


def write_ade20k(root: Path, split: str, arguments: dict) -> None:
    """Write images and label maps of a split as ADE20K.

    In the maps digit k is k + 1, and the photographs are 11 and 12. See
    :func:`.layouts.write_ade20k`.

    Args:
        root (Path): Folder of the set.
        split (str): 'train' or 'val'.
        arguments (dict): Of :func:`~.digit_scenes.make_digit_scenes`.
    """
    layouts.write_ade20k(root, split, _scenes(split, arguments, (10, 11)))


LAYOUTS = dict(coco=write_coco, ade20k=write_ade20k)
