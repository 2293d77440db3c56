"""Digits in scenes on disk, laid out as well-known sets are."""
import json
from pathlib import Path
from typing import Iterable, List, Tuple

import numpy as np
from PIL import Image

from protune_mm.progress import progress_bar
from .digit_rendering import DIGIT_CLASSES, iter_scenes

# COCO's 80 categories use these of the ids 1 to 90, both ends included.
_COCO_ID_RANGES = ((1, 11), (13, 25), (27, 28), (31, 44), (46, 65), (67, 67),
                   (70, 70), (72, 82), (84, 90))


def _annotation(instance: dict) -> dict:
    """Describe an instance as COCO does, but for its ids."""
    from pycocotools import mask as coco_mask
    rle = coco_mask.encode(np.asfortranarray(instance['mask'], np.uint8))
    return dict(
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

    ::

        root
        |- annotations      instances_train2017.json, instances_val2017.json
        |- train2017        000000000001.jpg, ...
        |- val2017
        '- stuffthingmaps
           |- train2017     000000000001.png, ...
           '- val2017

    Args:
        root (Path): Folder of the set.
        split (str): 'train' or 'val'.
        arguments (dict): Of :func:`~.digit_scenes.make_digit_scenes`.
    """
    coco_names = arguments['coco_names']
    categories = _categories(coco_names)
    scenes = _scenes(split, arguments, (91, 92) if coco_names else (10, 11))
    image_dir = root / f'{split}2017'
    map_dir = root / 'stuffthingmaps' / f'{split}2017'
    for folder in (image_dir, map_dir, root / 'annotations'):
        folder.mkdir(parents=True, exist_ok=True)
    images, annotations = [], []
    for image, label_map, instances in scenes:
        image_id = len(images) + 1
        stem = f'{image_id:012d}'
        Image.fromarray(image).save(image_dir / f'{stem}.jpg', quality=95)
        Image.fromarray(label_map).save(map_dir / f'{stem}.png')
        height, width = label_map.shape
        images.append(
            dict(
                id=image_id,
                file_name=f'{stem}.jpg',
                height=height,
                width=width))
        for instance in instances:
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=image_id,
                    category_id=categories[instance['label']]['id'],
                    **_annotation(instance)))
    content = dict(
        info=arguments,
        images=images,
        annotations=annotations,
        categories=categories)
    path = root / 'annotations' / f'instances_{split}2017.json'
    path.write_text(json.dumps(content))


def write_ade20k(root: Path, split: str, arguments: dict) -> None:
    """Write images and label maps of a split as ADE20K.

    In the maps 0 is "no class", which no pixel is here; digit k is k + 1, and
    the photographs are 11 and 12.

    ::

        root
        |- images
        |  |- training      ADE_train_00000001.jpg, ...
        |  '- validation    ADE_val_00000001.jpg, ...
        '- annotations
           |- training      ADE_train_00000001.png, ...
           '- validation

    Args:
        root (Path): Folder of the set.
        split (str): 'train' or 'val'.
        arguments (dict): Of :func:`~.digit_scenes.make_digit_scenes`.
    """
    folder = dict(train='training', val='validation')[split]
    for kind in ('images', 'annotations'):
        (root / kind / folder).mkdir(parents=True, exist_ok=True)
    for i, (image, label_map,
            _) in enumerate(_scenes(split, arguments, (10, 11)), 1):
        stem = f'{folder}/ADE_{split}_{i:08d}'
        Image.fromarray(image).save(root / f'images/{stem}.jpg', quality=95)
        Image.fromarray(label_map + 1).save(root / f'annotations/{stem}.png')


LAYOUTS = dict(coco=write_coco, ade20k=write_ade20k)
