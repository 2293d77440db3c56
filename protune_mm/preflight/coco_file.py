"""Annotation files in COCO's format: readable, and complete."""
import gc
import json
import os
from collections import Counter
from contextlib import contextmanager
from math import isfinite
from typing import Dict, Iterator, Optional, Sequence, Tuple

from mmengine.fileio import get
from mmengine.logging import print_log

from protune_mm.errors import UserError

# COCO's own file of 450 MB takes half a minute, and the data set reads it too.
LARGEST = 100_000_000  # bytes
FIELDS = dict(
    images=('id', 'file_name', 'width', 'height'),
    annotations=('image_id', 'category_id'),
    categories=('id', 'name'))


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Spare the collector millions of new objects, half of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def read_json(path: str, backend_args: Optional[dict] = None) -> object:
    """Read a JSON file, or from where ``backend_args`` says.

    Args:
        path (str): File or URL.
        backend_args (dict, optional): mmengine's. Default: None.

    Returns:
        object: What it holds; None if it is larger than 100 MB.

    Raises:
        UserError: If it cannot be read, or is no JSON.
    """
    if os.path.isfile(path) and os.path.getsize(path) > LARGEST:
        print_log(
            f'{path} has more than 100 MB: of its content only the '
            'categories are checked before training.', 'current')
        return None
    try:
        content = get(path, backend_args=backend_args)
    except OSError as error:
        raise UserError(
            f'The annotations {path} cannot be read ({error}): mend the '
            'address or what serves it.') from None
    start = content[:100].lstrip().lower()
    remedy = 'fetch or export it again'
    if not start:
        found = 'is empty'
    elif start.startswith(b'<'):
        found = 'is a web page'
    elif start.startswith(b'version https://git-lfs'):
        found, remedy = 'is a pointer of Git LFS', 'run git lfs pull'
    else:
        try:
            with _no_garbage_collection():
                return json.loads(content)
        except ValueError as error:
            found = f'is cut short or broken ({error})'
    raise UserError(f'{path} {found}, not JSON with annotations: {remedy}.')


def check_fields(path: str, content: object, training: bool) -> None:
    """Raise if a file lacks what COCO's format has.

    Args:
        path (str): The file, for the message.
        content (object): What it holds.
        training (bool): Whether to train with it; images to be tested need
            not be annotated.

    Raises:
        UserError: If so; names the entry.
    """
    if isinstance(content, dict) and not training:
        content.setdefault('annotations', [])
    for part, fields in FIELDS.items():
        entries = content.get(part) if isinstance(content, dict) else None
        if not isinstance(entries, list):
            raise UserError(f'{path} has no list "{part}": it is not in '
                            "COCO's format, export it again.")
        for i, entry in enumerate(entries):
            missing = [field for field in fields if field not in entry]
            if missing:
                name = entry.get('id', f'number {i + 1}')
                raise UserError(f'{path}: entry {name} of "{part}" has no '
                                f'"{missing[0]}": add it or export again.')
    if not content['images']:
        raise UserError(f'{path} lists no images: export it again.')
    for ann, image in _annotations(content):
        missing = [field for field in ('bbox', 'area') if field not in ann]
        if missing:
            raise UserError(f'{_name(path, ann, image)} has no '
                            f'"{missing[0]}": add it or export again.')


def _check_ids(path: str, content: dict) -> None:
    """Raise if two images or annotations share an id."""
    for part in ('images', 'annotations'):
        ids = Counter(entry.get('id') for entry in content[part])
        double = next((i for i, n in ids.items() if n > 1), None)
        if double is None:
            continue
        names = ', '.join(
            str(entry.get('file_name', f'image {entry.get("image_id")}'))
            for entry in content[part] if entry.get('id') == double)
        raise UserError(f'{path} gives the id {double} to {ids[double]} '
                        f'{part} ({names}): number them anew.')


def _annotations(content: dict) -> Iterator[Tuple[dict, dict]]:
    """Yield what mmdet reads, which looks at nothing of the rest."""
    images = {image['id']: image for image in content['images']}
    for ann in content['annotations']:
        if ann['image_id'] in images and not ann.get('ignore'):
            yield ann, images[ann['image_id']]


def _name(path: str, ann: dict, image: dict) -> str:
    return f'{path}: annotation {ann.get("id")} of {image["file_name"]}'


def _check_boxes(path: str, content: dict) -> None:
    for ann, image in _annotations(content):
        box = ann['bbox']
        if (not isinstance(box, list) or len(box) != 4 or not all(
                isinstance(x, (int, float)) and isfinite(x) for x in box)):
            raise UserError(f'{_name(path, ann, image)} has the box {box}, '
                            'not four finite numbers: mend it or leave it '
                            'out.')


def _is_used(ann: dict, image: dict) -> bool:
    """Tell if mmdet uses an annotation, which it else leaves out silently."""
    x, y, w, h = ann['bbox']
    return (ann['area'] > 0 and w >= 1 and h >= 1
            and min(x + w, image['width']) > max(x, 0)
            and min(y + h, image['height']) > max(y, 0))


def _check_masks(path: str, where: str, content: dict,
                 trained: Dict[int, str]) -> None:
    for ann, image in _annotations(content):
        if (ann['category_id'] in trained and _is_used(ann, image)
                and not ann.get('segmentation')):
            raise UserError(
                f'{_name(path, ann, image)} has no segmentation, but the '
                f'pipeline of {where} loads masks: export masks too, or train '
                'a detector of boxes, whose LoadAnnotations has no with_mask.')


def _check_taught(path: str, where: str, content: dict,
                  trained: Dict[int, str]) -> None:
    """Raise if there is nothing to learn from."""
    classes = ', '.join(list(trained.values())[:3])
    of_class = [(a, i) for a, i in _annotations(content)
                if a['category_id'] in trained]
    used = [(a, i) for a, i in of_class if _is_used(a, i)]
    if not of_class:
        what = f'no annotation of a class of {where} ({classes}, ...)'
    elif not used:
        what = ('no box of a class inside its image (are width and height '
                'right?)')
    elif all(a.get('iscrowd') for a, _ in used):
        what = ('iscrowd=1 in all annotations, which are left out of training')
    else:
        return
    raise UserError(f'{path} has {what}, so nothing would be learnt: mend it, '
                    f'or {where}.metainfo.classes.')


def check_coco(path: str, where: str, content: dict, classes: Sequence[str],
               masks: bool, teaches: bool) -> None:
    """Raise if annotations would break a run or teach nothing.

    Args:
        path (str): The file, for the message.
        where (str): Path of the data set's config, for the message.
        content (dict): What the file holds.
        classes (Sequence[str]): The data set's classes.
        masks (bool): Whether its pipeline loads masks.
        teaches (bool): Whether a training has no other data set.

    Raises:
        UserError: If so; names the annotation.
    """
    trained = {
        category['id']: category['name']
        for category in content['categories'] if category['name'] in classes
    }
    _check_ids(path, content)
    _check_boxes(path, content)
    if masks:
        _check_masks(path, where, content, trained)
    if teaches:
        _check_taught(path, where, content, trained)
