"""The files of images: there, not empty, of the size that is annotated."""
import os
from typing import Optional, Tuple

from mmengine.dataset import BaseDataset
from PIL import Image

from protune_mm.errors import UserError
from .built_dataset import spread

# More would take more than a second on a local disk.
MOST = 2000
ORIENTATION = 0x0112  # the tag of EXIF
TURNED = (5, 6, 7, 8)  # by a quarter
# How mmcv calls the ways to load that follow the tag.
UPRIGHT = ('color', 'grayscale')
COMMON = ('.jpg', '.jpeg', '.png')


def loaded_size(path: str) -> Tuple[Tuple[int, int], int]:
    """Read the size of an image as pipelines load it, upright.

    Args:
        path (str): A JPEG or PNG file.

    Returns:
        tuple: Width and height, and the EXIF orientation, 1 to 8.
    """
    with Image.open(path) as image:
        orientation = image.getexif().get(ORIENTATION, 1)
        size = image.size
    return size[::-1] if orientation in TURNED else size, orientation


def _is_lenient(leaf: BaseDataset) -> bool:
    """Tell if images lie elsewhere, or may be missing."""
    return any(
        getattr(part, name, None) for part in (leaf, *leaf.pipeline.transforms)
        for name in ('backend_args', 'ignore_empty'))


def _turning_step(leaf: BaseDataset) -> Optional[int]:
    """Return which step of a pipeline loads images upright, if one does."""
    for i, step in enumerate(leaf.pipeline.transforms):
        if getattr(step, 'color_type', '') in UPRIGHT:
            return i
    return None


def _outside(info: dict, size: Tuple[int, int]) -> Optional[list]:
    """Return a box with nothing inside the image, if there is one."""
    width, height = size
    for instance in info.get('instances', []):
        x1, y1, x2, y2 = instance['bbox']
        if min(x2, width) <= max(x1, 0) or min(y2, height) <= max(y1, 0):
            return [round(x, 1) for x in instance['bbox']]
    return None


def _check_size(where: str, info: dict, step: int) -> None:
    """Raise if an image is not as its annotations say."""
    path = info['img_path']
    size, orientation = loaded_size(path)
    annotated = (info['width'], info['height'])
    if size == annotated:
        return
    box = _outside(info, size)
    here = (f'{path} ({where}) loads as {size[0]} x {size[1]}, but its '
            f'annotations are of {annotated[0]} x {annotated[1]}')
    if box:
        here += (f', and the box {box} lies outside of what is loaded, from '
                 'which losses become NaN')
    if orientation in TURNED and size == annotated[::-1]:
        raise UserError(
            f'{here}: its EXIF orientation {orientation} turns it; load such '
            f'images as they are stored with --cfg-options {where}.pipeline.'
            f'{step}.color_type=color_ignore_orientation, in all sets, or '
            'annotate them upright.')
    if box:
        raise UserError(f'{here}: put the annotated image there or annotate '
                        'this one.')


def check_images(where: str, leaf: BaseDataset) -> None:
    """Raise if an image is missing, empty or not of the annotated size.

    Looks at the heads of 2,000 files at most, local ones only.

    Args:
        where (str): Path of the data set's config, for the message.
        leaf (BaseDataset): A built data set.

    Raises:
        UserError: If so; names the file.
    """
    if _is_lenient(leaf):
        return
    step = _turning_step(leaf)
    for i in spread(len(leaf), MOST):
        info = leaf.get_data_info(i)
        path = info.get('img_path')
        if not isinstance(path, str) or '://' in path:
            return
        if not os.path.isfile(path):
            raise UserError(f'{path} ({where}) is not there: put it there or '
                            'take it out of the list of images.')
        if not os.path.getsize(path):
            raise UserError(f'{path} ({where}) is empty, 0 bytes: fetch it '
                            'again or take it out of the list of images.')
        if not path.lower().endswith(COMMON):
            continue
        try:
            if step is not None and info.get('width') and info.get('height'):
                _check_size(where, info, step)
            else:
                loaded_size(path)
        except Image.DecompressionBombError:
            continue  # aerial images may be that large
        except OSError as error:
            raise UserError(
                f'{path} ({where}) is no image ({error}): fetch '
                'it again or take it out of the list of images.') from None
