"""Do annotations, data sets and heads agree about the classes?"""
import os
from typing import List, Optional, Sequence

from mmengine.config import Config

from protune_mm.errors import UserError
from .config_parts import (dataset_class, few, find_datasets, find_heads,
                           find_metainfo, join_root)


def _check_text(where: str, classes: str) -> None:
    """Raise if a text is given for a list; a file of names is fine."""
    if not os.path.isfile(classes):
        raise UserError(f'The classes of {where} are the text {classes!r}, '
                        'neither a list nor a file of names: in Python a '
                        f'tuple of one needs a comma, ({classes!r}, ).')


def _check_annotated(cfg: Config, where: str, dataset: dict,
                     classes: Sequence[str], annotated: List[str]) -> None:
    """Raise if a class is none of the annotated ones."""
    missing = [c for c in classes if c not in annotated]
    if not missing:
        return
    path = join_root(dataset, dataset['ann_file'])
    trained = [
        name for _, other in find_datasets(cfg, ['train_dataloader'])
        for name in find_metainfo(cfg, other).get('classes') or []
    ]
    text = (f'{path} annotates {len(annotated)} classes ({few(annotated)}), '
            f'but {where} expects {len(classes)} and e.g. "{missing[0]}" is '
            'not among them: ')
    if missing[0] in trained and not where.startswith('train'):
        raise UserError(f'{text}it is trained, so add it to the "categories" '
                        f'of {path}, where it may have no annotation.')
    raise UserError(f'{text}set --cfg-options {where}.metainfo.classes to the '
                    "annotated names and the heads' num_classes to their "
                    'number.')


def _is_own_list(cfg: Config, dataset: dict, metainfo: dict) -> bool:
    """Tell if labels are of a list of the user's, whatever the names.

    mmpretrain's ImageNet is used so; its labels are looked at later.
    """
    cls = dataset_class(cfg, dataset)
    return (metainfo is getattr(cls, 'METAINFO', None)
            and cls.__module__.startswith('mmpretrain.')
            and bool(dataset.get('ann_file')))


def check_classes(cfg: Config,
                  where: str,
                  dataset: dict,
                  annotated: Optional[List[str]] = None) -> None:
    """Raise if annotations, data set and heads disagree about the classes.

    Args:
        cfg (Config): A complete config.
        where (str): Path of the data set's config, for the message.
        dataset (dict): The data set's config.
        annotated (list[str], optional): The categories of its annotations.
            Default: None, if they are not known.

    Raises:
        UserError: If a class is not annotated, or a head counts otherwise.
    """
    metainfo = find_metainfo(cfg, dataset)
    classes = metainfo.get('classes')
    if isinstance(classes, str):
        _check_text(where, classes)
    elif classes:
        if annotated is not None:
            _check_annotated(cfg, where, dataset, classes, annotated)
        things = len(metainfo.get('thing_classes', classes))
        if not _is_own_list(cfg, dataset, metainfo):
            check_heads(cfg, where, classes, things)


def check_heads(cfg: Config,
                where: str,
                classes: Sequence[str],
                things: Optional[int] = None) -> None:
    """Raise if a head does not have an output for each class.

    Args:
        cfg (Config): A complete config.
        where (str): Path of the data set's config, for the message.
        classes (Sequence[str]): The classes.
        things (int, optional): How many of them are things. Default: None,
            which means all.

    Raises:
        UserError: If so; names the head.
    """
    for head, count, exact in find_heads(cfg):
        fits = count in (len(classes), things) or (count > len(classes)
                                                   and not exact)
        if not fits:
            raise UserError(
                f'{head}.num_classes is {count}, but {where} has '
                f'{len(classes)} classes ({few(classes)}): set --cfg-options '
                f'{head}.num_classes={len(classes)}, or metainfo.classes of '
                'the data sets.')
