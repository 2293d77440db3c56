"""Tree crowns in aerial photographs: a small real set for detection."""
import xml.etree.ElementTree as ET
from itertools import islice
from pathlib import Path
from typing import Iterator, List, NamedTuple, Tuple, Union

import numpy as np
from PIL import Image

from protune_mm.errors import UserError
from protune_mm.packaged_file import packaged_file, pip_install
from .layouts import Labelled, write_ade20k, write_coco
from .made_once import make_once

TREE_CLASSES = ('ground', 'tree')
INSTALL = pip_install('--no-deps deepforest==2.1.0')
# To be raised when the same arguments give other files than before.
_VERSION = 2
# A tree belongs to a tile that has so much of its box.
_LEAST_SHARE = 0.4
# Sides of a tile: the lower photograph, of 1035 px, has two rows of them.
_SIZES = (96, 517)
# Of the rows of tiles of each photograph, the lowest are for validation.
_VALIDATED = 0.25


class Picture(NamedTuple):
    """An aerial photograph in the package, and the boxes of its trees.

    Args:
        stem (str): Of both files.
        image (str): SHA-256 of the photograph, in hexadecimal digits.
        boxes (str): SHA-256 of the boxes.
    """
    stem: str
    image: str
    boxes: str


# Two places in Yellowstone, from the flights of NEON, whose policy is CC0; the
# package itself says only MIT, and nothing of its pictures.
PICTURES = [
    Picture(
        '2019_YELL_2_541000_4977000_image_crop',
        '178e58a23cc2642226a364a30f71bd9258ddc1b012c826f12250914a90c7a131',
        'cefe4b96888bacbf8af1674f000082e549aa707aa6590d545effb23e43f26631'),
    Picture(
        '2019_YELL_2_528000_4978000_image_crop2',
        'a9bdb0f4447fdd899d22f567e0e20ba8320c5413b2ad0cd0ac8d9f3b6e0f9767',
        'bd431af6a5086d721eb731b22f5ea28cd8a8eab06883efc1c665391acbc68e11')
]


def load_picture(picture: Picture) -> Tuple[np.ndarray, np.ndarray]:
    """Load a photograph.

    Args:
        picture (Picture): One of :data:`PICTURES`.

    Returns:
        tuple[np.ndarray, np.ndarray]: RGB values, ``(H, W, 3)``, and boxes of
        trees, ``(N, 4)``, from left, top to right, bottom.

    Raises:
        UserError: If the package or a file of it is missing or changed.
    """
    stem, *hashes = picture
    image, boxes = (packaged_file(f'deepforest/data/{stem}{suffix}', sha256,
                                  INSTALL, 'The set of tree crowns')
                    for suffix, sha256 in zip(('.png', '.xml'), hashes))
    corners = [[
        int(box.findtext(name)) for name in ('xmin', 'ymin', 'xmax', 'ymax')
    ] for box in ET.parse(boxes).iter('bndbox')]
    return np.array(Image.open(image).convert('RGB')), np.array(corners)


def _instance(box: np.ndarray) -> dict:
    """Describe a tree as COCO does, but for its ids."""
    left, top, right, bottom = box.tolist()
    width, height = right - left, bottom - top
    outline = [left, top, right, top, right, bottom, left, bottom]
    return dict(
        category_id=1,
        bbox=[left, top, width, height],
        area=width * height,
        iscrowd=0,
        segmentation=[outline])


def _area(boxes: np.ndarray) -> np.ndarray:
    """Areas of boxes, ``(N, 4)`` -> ``(N, )``; 0 if one is turned over."""
    return (boxes[:, 2:] - boxes[:, :2]).clip(0).prod(1)


def iter_tiles(image: np.ndarray, boxes: np.ndarray,
               size: int) -> Iterator[Labelled]:
    """Cut a photograph into the whole tiles that are in it, side by side.

    Args:
        image (np.ndarray): RGB values, ``(H, W, 3)``.
        boxes (np.ndarray): Of all its trees, ``(N, 4)``.
        size (int): Side of a tile in pixels.

    Yields:
        tuple: Tile, label map with the place in :data:`TREE_CLASSES`, and the
        trees. What is left of a tree at an edge is in the map in any case,
        and among the trees if it is 40 % of its box.
    """
    label_map = np.zeros(image.shape[:2], np.uint8)
    for left, top, right, bottom in boxes:
        label_map[top:bottom, left:right] = 1
    height, width = label_map.shape
    for top in range(0, height - size + 1, size):
        for left in range(0, width - size + 1, size):
            tile = np.s_[top:top + size, left:left + size]
            inside = (boxes - [left, top, left, top]).clip(0, size)
            enough = _area(inside) >= _LEAST_SHARE * _area(boxes)
            yield image[tile], label_map[tile], [
                _instance(box) for box in inside[enough]
            ]


def _tiles_of(split: str, size: int) -> Iterator[Labelled]:
    """Cut what is a split's of each photograph."""
    for picture in PICTURES:
        image, boxes = load_picture(picture)
        rows, columns = (side // size for side in image.shape[:2])
        first = columns * (rows - max(int(_VALIDATED * rows), 1))
        part = (0, first) if split == 'train' else (first, None)
        yield from islice(iter_tiles(image, boxes, size), *part)


def _write(root: Path, split: str, arguments: dict) -> None:
    """Write a split in the layout that the arguments name."""
    tiles = _tiles_of(split, arguments['size'])
    if arguments['layout'] == 'ade20k':
        write_ade20k(root, split, tiles)
    else:
        categories: List[dict] = [dict(id=1, name=TREE_CLASSES[1])]
        write_coco(root, split, tiles, categories, arguments)


def make_tree_crowns(root: Union[str, Path],
                     layout: str = 'coco',
                     size: int = 192) -> Path:
    """Make a set of tree crowns in the layout of COCO 2017 or ADE20K.

    Two aerial photographs that the package deepforest ships, with boxes drawn
    by people, are cut into tiles: the lowest quarter of each is for
    validation, all else for training. The package is read, not imported: it
    needs none of its dependencies. The same arguments give the same bytes; a
    set that is there already is left as it is.

    Args:
        root (str | Path): Folder of the set. It must not exist, or hold a
            set made with the same arguments.
        layout (str): 'coco' for boxes of trees, or 'ade20k' for maps of
            ground and tree, counted from 1 as ADE20K does; a pixel is of a
            tree if it is in a box. See :mod:`~.layouts`. Defaults to 'coco'.
        size (int): Side of a tile in pixels, 96 to 517. Defaults to 192:
            123 tiles for training and 39 for validation.

    Returns:
        Path: The folder of the set.

    Raises:
        UserError: If an argument is not possible, ``root`` exists and is not
            this very set, or the package or a file of it is missing or
            changed.
    """
    least, most = _SIZES
    if not isinstance(size, int) or not least <= size <= most:
        raise UserError(f'size={size!r} does not suit tree crowns; give '
                        f'{least} to {most}.')
    if layout not in ('coco', 'ade20k'):
        raise UserError(f"layout='{layout}' is not known; give one of coco, "
                        'ade20k.')
    arguments = dict(version=_VERSION, layout=layout, size=size)
    return make_once(Path(root), arguments, 'tree crowns', _write)
