"""Labelled images on disk, laid out as well-known sets are."""
import json
from pathlib import Path
from typing import Iterable, List, Tuple

import numpy as np
from PIL import Image

# An image, RGB, ``(H, W, 3)``; the class of every pixel, from 0, ``(H, W)``;
# its instances as COCO describes them, but for the ids of image and instance.
Labelled = Tuple[np.ndarray, np.ndarray, List[dict]]


def write_coco(root: Path, split: str, items: Iterable[Labelled],
               categories: List[dict], info: dict) -> None:
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
        items (Iterable[Labelled]): The images.
        categories (list[dict]): Ids and names, as COCO has them.
        info (dict): What the set was made with.
    """
    image_dir = root / f'{split}2017'
    map_dir = root / 'stuffthingmaps' / f'{split}2017'
    for folder in (image_dir, map_dir, root / 'annotations'):
        folder.mkdir(parents=True, exist_ok=True)
    images, annotations = [], []
    for image, label_map, instances in items:
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
                dict(id=len(annotations) + 1, image_id=image_id, **instance))
    content = dict(
        info=info,
        images=images,
        annotations=annotations,
        categories=categories)
    path = root / 'annotations' / f'instances_{split}2017.json'
    path.write_text(json.dumps(content))


def write_ade20k(root: Path, split: str, items: Iterable[Labelled]) -> None:
    """Write images and label maps of a split as ADE20K.

    In the maps 0 is "no class", which no pixel is here; class k is k + 1.

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
        items (Iterable[Labelled]): The images.
    """
    folder = dict(train='training', val='validation')[split]
    for kind in ('images', 'annotations'):
        (root / kind / folder).mkdir(parents=True, exist_ok=True)
    for i, (image, label_map, _) in enumerate(items, 1):
        stem = f'{folder}/ADE_{split}_{i:08d}'
        Image.fromarray(image).save(root / f'images/{stem}.jpg', quality=95)
        Image.fromarray(label_map + 1).save(root / f'annotations/{stem}.png')
