"""Label maps of semantic segmentation: do their values name classes?"""
import copy
from typing import Callable, Optional, Sequence, Set

import numpy as np
from mmengine.dataset import BaseDataset

from protune_mm.errors import UserError
from .built_dataset import spread
from .images import COMMON, TURNED, loaded_size
from .sample_error import SampleError, describe_error

NUMBER = 16  # how many are looked at


def _reader(leaf: BaseDataset) -> Optional[Callable]:
    """Return the step that reads label maps as they are, if there is one."""
    for step in leaf.pipeline.transforms:
        # Panoptic maps are read by other types, and hold segment numbers.
        if type(step).__name__ == 'LoadAnnotations' and step.with_seg:
            return copy.deepcopy(step)
    return None


def read_map(step: Callable, info: dict) -> np.ndarray:
    """Read a label map as training does.

    Args:
        step (callable): The pipeline's ``LoadAnnotations``.
        info (dict): What the data set knows about an image.

    Returns:
        np.ndarray: Labels, ``(H, W)`` if all is well.

    Raises:
        SampleError: If it cannot be read; names the file.
    """
    path = info['seg_map_path']
    try:
        step._load_seg_map(info)
    except Exception as error:
        raise SampleError(f'The label map {path} of {info.get("img_path")} '
                          f'cannot be read: {describe_error(error)}; mend it '
                          'or leave the image out.') from error
    return info['gt_seg_map']


def _check_shape(where: str, info: dict, labels: np.ndarray,
                 leaf: BaseDataset) -> None:
    path, image = info['seg_map_path'], info.get('img_path', '')
    if labels.ndim != 2:
        raise UserError(
            f'{path} ({where}) is a picture of colours, shape {labels.shape}, '
            'not a label map: write one class number a pixel, as a grey or a '
            'palette PNG.')
    if '://' in image or not image.lower().endswith(COMMON):
        return
    size, orientation = loaded_size(image)
    # A pipeline may bring image and map to one size.
    resized = any('Resize' in type(step).__name__
                  for step in leaf.pipeline.transforms)
    if size != labels.shape[::-1] and (orientation in TURNED or not resized):
        raise UserError(
            f'{path} ({where}) is of {labels.shape[1]} x {labels.shape[0]}, '
            f'but its image {image} loads as {size[0]} x {size[1]}: make both '
            'of one size (an EXIF orientation turns the image).')


def _check_values(where: str, info: dict, values: Sequence[int],
                  num_classes: int, ignored: Set[int], reduced: bool) -> None:
    wrong = [v for v in values if v >= num_classes and v not in ignored]
    if not wrong:
        return
    stored = ''
    if reduced:
        stored = f' (stored as {wrong[-1] + 1}: reduce_zero_label takes 1 off)'
    raise UserError(
        f'{info["seg_map_path"]} ({where}) holds the label {wrong[-1]}{stored}'
        f', but there are {num_classes} classes, labels 0 to '
        f'{num_classes - 1} ({", ".join(map(str, sorted(ignored)))} is '
        f'ignored): mend the map or set {where}.metainfo.classes and the '
        "heads' num_classes to all classes.")


def _check_together(where: str, files: Sequence[str], seen: Set[int],
                    num_classes: int, ignored: Set[int],
                    reduced: bool) -> None:
    """Raise if no map says anything a head could learn."""
    some = f'All {len(files)} label maps looked at, such as {files[0]}'
    if seen <= ignored:
        hint = ('reduce_zero_label=True makes 0 an ignored one, so leave it '
                'out if 0 is a class'
                if reduced else 'write class numbers 0, 1, ...')
        raise UserError(f'{some} ({where}), hold ignored pixels alone '
                        f'({_join(seen)}), from which nothing is learnt: '
                        f'{hint}.')
    if seen == {0, 255} and 255 in ignored and num_classes > 1:
        raise UserError(
            f'{some} ({where}), hold 0 and 255 alone, and 255 means "ignore": '
            'write 1 where they say 255, or the number of the class.')


def _join(values: Set[int]) -> str:
    return ', '.join(map(str, sorted(values)))


def check_label_maps(where: str, leaf: BaseDataset, num_classes: int,
                     ignored: Set[int]) -> None:
    """Raise if label maps hold what is no class.

    Looks at 16 maps at most.

    Args:
        where (str): Path of the data set's config, for the message.
        leaf (BaseDataset): A built data set.
        num_classes (int): Number of classes.
        ignored (set[int]): Values that are ignored.

    Raises:
        UserError: If so; names the file and the value.
    """
    step = _reader(leaf)
    files, seen, reduced = [], set(), False
    for i in spread(len(leaf), NUMBER) if step else []:
        info = leaf.get_data_info(i)
        if not info.get('seg_map_path'):
            continue
        labels = read_map(step, info)
        _check_shape(where, info, labels, leaf)
        reduced = bool(getattr(step, 'reduce_zero_label', False))
        values = np.unique(labels).tolist()
        _check_values(where, info, values, num_classes, ignored, reduced)
        files.append(info['seg_map_path'])
        seen.update(values)
    # One of several data sets may hold nothing but backgrounds.
    if files and '.datasets.' not in where:
        _check_together(where, files, seen, num_classes, ignored, reduced)
