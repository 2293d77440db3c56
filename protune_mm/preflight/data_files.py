"""The files of data sets: there, fetched, or a sentence that says how."""
import os
from http.client import HTTPException
from inspect import signature
from typing import List
from urllib.error import URLError

from mmengine.config import Config

from protune_mm.errors import UserError
from .config_parts import (dataset_class, join_root, loads_from_elsewhere,
                           named_class, step_name)
from .sources import SOURCES, Source

UNKNOWN = Source('put it there (docs/data.md says how)')


def _host_class(cls: type) -> type:
    """Return the host's class that one of ours extends, or a host's own."""
    return next(
        base for base in cls.__mro__
        if not base.__module__.startswith('protune_mm.'))


def _source(cls: type, root: str) -> Source:
    """Return what is known about where a data set's files come from."""
    known = SOURCES.get(_host_class(cls).__name__, UNKNOWN)
    own = getattr(cls, 'SOURCE', known.remedy)
    return known._replace(remedy=own.format(root=root))


def _option(where: str) -> str:
    return f'or name its place with --cfg-options {where}.data_root=FOLDER.'


def _fetch(cfg: Config, cls: type, where: str, dataset: dict) -> None:
    """Let a data set fetch its own files, as mmpretrain's CIFAR10 does."""
    root = dataset.get('data_root')
    # A download that failed leaves an empty folder.
    files = _source(cls, root).files or ('', )
    if not root or all(os.path.exists(os.path.join(root, x)) for x in files):
        return
    # A preset refuses some splits, which need not be fetched.
    named = named_class(cfg, dataset)
    try:
        named(data_root=root, split=dataset.get('split', 'train'))
    except (URLError, HTTPException, OSError, RuntimeError,
            AssertionError) as error:
        raise UserError(
            f'The data set of {where} could not be fetched ({error}): '
            f'{_source(cls, root).remedy} in {root}, {_option(where)}'
        ) from None


def _count_lines(path: str) -> int:
    with open(path) as file:
        return sum(bool(line.strip()) for line in file)


def _prefixes(dataset: dict) -> List[str]:
    """List the folders that are read; labels only if a step loads them."""
    prefix = dataset.get('data_prefix') or {}
    if not isinstance(prefix, dict):
        return [prefix]
    loading = [
        step for step in dataset.get('pipeline') or []
        if 'Annotations' in step_name(step)
    ]
    # mmdet loads label maps only if a step says so, mmseg always.
    maps = any('Panoptic' in step_name(step) or (
        isinstance(step, dict) and step.get('with_seg')) for step in loading)
    read = dict(seg=maps, seg_map_path=bool(loading))
    return [path for name, path in prefix.items() if read.get(name, True)]


def check_files(cfg: Config, where: str, dataset: dict) -> None:
    """Raise if a data set's folders or lists are not there or not complete.

    Args:
        cfg (Config): A complete config.
        where (str): Path of its config, for the message.
        dataset (dict): Its config.

    Raises:
        UserError: If something is missing.
    """
    cls = dataset_class(cfg, dataset)
    if loads_from_elsewhere(dataset) or getattr(cls, 'makes_files', False):
        return
    if ('download' in signature(_host_class(cls).__init__).parameters
            and dataset.get('download', True)):
        return _fetch(cfg, cls, where, dataset)
    source = _source(cls, dataset.get('data_root') or '')
    parts = ['', *_prefixes(dataset), dataset.get('ann_file'), *source.files]
    for path in [join_root(dataset, p) for p in parts if isinstance(p, str)]:
        if path and '://' not in path and not os.path.exists(path):
            raise UserError(f'The data set of {where} needs {path}, which is '
                            f'not there: {source.remedy}, {_option(where)}')
    for name, expected in source.lines.items():
        found = _count_lines(join_root(dataset, name))
        if found != expected:
            raise UserError(
                f'{join_root(dataset, name)} lists {found} images, not '
                f'{expected}: {source.remedy}, {_option(where)}')
