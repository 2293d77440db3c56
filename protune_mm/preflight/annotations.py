"""Annotation files that a config names."""
import json
import mmap
import os
from typing import List, Optional

from mmengine.config import Config

from protune_mm.errors import UserError
from .classes import check_classes
from .coco_file import check_coco, check_fields, read_json
from .config_parts import dataset_class, find_metainfo, join_root, step_name


def _categories(ann_file: str) -> Optional[List[str]]:
    """Read only the categories, of a file too large to be read as a whole."""
    with open(ann_file, 'rb') as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            start = content.rfind(b'"categories"')
            if start < 0:
                return None
            text = content[start:start + 10_000_000].decode(errors='ignore')
    array = text[max(text.find('['), 0):]
    try:
        items = json.JSONDecoder().raw_decode(array)[0]
    except ValueError as error:
        raise UserError(
            f'{ann_file} is cut short or broken in its '
            f'"categories" ({error}): fetch or export it again.') from None
    return [item.get('name') for item in items]


def _coco_class(cls: type) -> Optional[type]:
    """Return mmdet's CocoDataset if a data set's class extends it."""
    return next(
        (base for base in cls.__mro__ if base.__name__ == 'CocoDataset'), None)


def _loads_masks(dataset: dict) -> bool:
    return any(
        step.get('with_mask') for step in dataset.get('pipeline') or []
        if step_name(step) == 'LoadAnnotations' and isinstance(step, dict))


def check_annotations(cfg: Config, where: str, dataset: dict) -> None:
    """Raise if a data set's annotations or classes do not fit.

    COCO's format is looked into, up to files of 100 MB.

    Args:
        cfg (Config): A complete config.
        where (str): Path of the data set's config, for the message.
        dataset (dict): The data set's config.

    Raises:
        UserError: If so; names the file and, if it is one, the annotation.
    """
    ann_file = dataset.get('ann_file')
    cls = dataset_class(cfg, dataset)
    coco = _coco_class(cls)
    if not (coco and isinstance(ann_file, str) and ann_file.endswith('.json')):
        return check_classes(cfg, where, dataset)
    path = join_root(dataset, ann_file)
    training = where.startswith('train')
    content = read_json(path, dataset.get('backend_args'))
    if content is None:
        names = _categories(path) if os.path.isfile(path) else None
        return check_classes(cfg, where, dataset, names)
    # Extensions of the format, as panoptic segmentation, have other fields.
    plain = (
        cls.parse_data_info is coco.parse_data_info
        and cls.load_data_list is coco.load_data_list)
    if plain:
        check_fields(path, content, training)
    names = None
    if isinstance(content, dict) and content.get('categories'):
        names = [item.get('name') for item in content['categories']]
    check_classes(cfg, where, dataset, names)
    if plain:
        classes = find_metainfo(cfg, dataset).get('classes') or names
        if isinstance(classes, str):  # a file of names, as a rule all
            classes = names
        # One of several data sets may hold nothing but backgrounds.
        teaches = training and '.datasets.' not in where
        check_coco(path, where, content, classes, _loads_masks(dataset),
                   teaches)
