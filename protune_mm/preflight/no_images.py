"""Why a data set finds no images."""
import os
from collections import Counter
from inspect import signature
from typing import NoReturn

from mmengine.config import Config

from protune_mm.errors import UserError
from .config_parts import dataset_class, find_datasets, join_root


def _suffix(cls: type, dataset: dict) -> str:
    """Return the suffix that mmseg's data sets look for, '' for others."""
    for base in cls.__mro__:
        parameter = signature(base.__init__).parameters.get('img_suffix')
        if parameter:
            return dataset.get('img_suffix', parameter.default)
    return ''


def explain_no_images(cfg: Config, loader: str) -> NoReturn:
    """Raise a sentence that says where images were sought, and what is there.

    Args:
        cfg (Config): A complete config.
        loader (str): Whose data set is empty.

    Raises:
        UserError: Always.
    """
    for where, dataset in find_datasets(cfg, [loader]):
        suffix = _suffix(dataset_class(cfg, dataset), dataset)
        prefix = dataset.get('data_prefix') or {}
        folder = prefix.get('img_path') if isinstance(prefix, dict) else None
        folder = join_root(dataset, folder or '')
        if not (suffix and os.path.isdir(folder)):
            continue
        found = Counter(
            os.path.splitext(name)[1] for _, _, names in os.walk(folder)
            for name in names)
        if found and suffix not in found:
            common = found.most_common(1)[0][0]
            there = ', '.join(f'{n} {ext}' for ext, n in found.most_common(3))
            raise UserError(
                f'{where} finds no images: it looks for {suffix} in {folder}, '
                f'where there are {there} files: set --cfg-options '
                f'{where}.img_suffix={common}.')
    raise UserError(
        f'{loader} finds no images it could use: look at the data_root, '
        'data_prefix, ann_file and filter_cfg of its data set.')
