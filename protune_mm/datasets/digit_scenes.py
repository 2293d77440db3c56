"""Digits in scenes: a small detection set that needs no download."""
import json
import tempfile
from pathlib import Path
from typing import List, Union

import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask
from tqdm import tqdm

from protune_mm.errors import UserError
from .digit_rendering import DIGIT_CLASSES, SPLITS, iter_scenes

# COCO's 80 categories use these of the ids 1 to 90, both ends included.
_COCO_ID_RANGES = ((1, 11), (13, 25), (27, 28), (31, 44), (46, 65), (67, 67),
                   (70, 70), (72, 82), (84, 90))
_RECORD = 'digit_scenes.json'
# To be raised when the same arguments give other files than before.
_VERSION = 1


def _annotation(instance: dict) -> dict:
    """Describe an instance as COCO does, but for its ids."""
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


def _write_split(root: Path, split: str, number: int, arguments: dict) -> None:
    """Write images, label maps and annotations of a split."""
    coco_names = arguments['coco_names']
    categories = _categories(coco_names)
    scenes = iter_scenes(split, number, arguments['size'], arguments['seed'],
                         (91, 92) if coco_names else (10, 11))
    image_dir = root / f'{split}2017'
    map_dir = root / 'stuffthingmaps' / f'{split}2017'
    for folder in (image_dir, map_dir, root / 'annotations'):
        folder.mkdir(parents=True, exist_ok=True)
    images, annotations = [], []
    for image, label_map, instances in tqdm(scenes, split, number):
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


def _check_arguments(arguments: dict) -> None:
    """Refuse numbers out of range."""
    for name, least in dict(num_train=1, num_val=1, size=96, seed=0).items():
        if arguments[name] < least:
            raise UserError(f'{name}={arguments[name]} is too small for digit '
                            f'scenes; give {least} or more.')


def _is_made(root: Path, arguments: dict) -> bool:
    """Tell whether the set stands in ``root`` already."""
    if not root.exists():
        return False
    record = root / _RECORD
    if not record.is_file():
        raise UserError(f'"{root}" exists and is no set of digit scenes; give '
                        'another root, or delete it if you do not need it.')
    found = json.loads(record.read_text())
    if found != arguments:
        old, new = (', '.join(f'{name}={these.get(name)}' for name in arguments
                              if found.get(name) != arguments[name])
                    for these in (found, arguments))
        raise UserError(f'"{root}" holds digit scenes made with {old}, not '
                        f'{new}; delete it or give another root.')
    return True


def make_digit_scenes(root: Union[str, Path],
                      num_train: int = 480,
                      num_val: int = 120,
                      size: int = 192,
                      seed: int = 0,
                      coco_names: bool = False) -> Path:
    """Make a detection set of handwritten digits in COCO 2017's layout.

    The real digits and photographs that scikit-learn ships are composed to
    scenes with boxes, masks and pixel maps. Training and validation scenes
    show different digits. The same arguments give the same bytes; a set that
    is there already is left as it is.

    Args:
        root (str | Path): Folder of the set; it gets ``annotations``,
            ``train2017``, ``val2017`` and ``stuffthingmaps``. It must not
            exist, or hold a set made with the same arguments.
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

    Returns:
        Path: The folder of the set.

    Raises:
        UserError: If a number is out of range, or if ``root`` exists and is
            not this very set.
    """
    root = Path(root)
    arguments = dict(
        version=_VERSION,
        num_train=num_train,
        num_val=num_val,
        size=size,
        seed=seed,
        coco_names=coco_names)
    _check_arguments(arguments)
    if _is_made(root, arguments):
        return root
    root.parent.mkdir(parents=True, exist_ok=True)
    # Renamed when complete: a broken-off set never stands in ``root``.
    with tempfile.TemporaryDirectory(
            prefix=f'.{root.name}-', dir=root.parent) as folder:
        unfinished = Path(folder, 'set')
        for split in SPLITS:
            _write_split(unfinished, split, arguments[f'num_{split}'],
                         arguments)
        (unfinished / _RECORD).write_text(json.dumps(arguments))
        unfinished.rename(root)
    return root
