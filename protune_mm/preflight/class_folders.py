"""Image classification: class folders and labels."""
from typing import Dict

import numpy as np
from mmengine.config import Config
from mmengine.dataset import BaseDataset

from protune_mm.errors import UserError
from .built_dataset import spread
from .classes import check_heads
from .config_parts import few, find_heads
from .images import MOST


def check_folders(where: str, folders: Dict[str, int], trained_where: str,
                  trained: Dict[str, int]) -> None:
    """Raise if an evaluation's class folders are not those of the training.

    Labels are places in the sorted list of folders, so all after a missing
    one would be others.

    Args:
        where (str): Path of the data set's config, for the message.
        folders (dict[str, int]): The label of each of its folders.
        trained_where (str): Path of the training set's config.
        trained (dict[str, int]): The label of each of its folders.

    Raises:
        UserError: If so; names the folders.
    """
    if folders == trained:
        return
    missing = sorted(trained.keys() - folders.keys())
    more = sorted(folders.keys() - trained.keys())
    parts = []
    if missing:
        parts.append(f'lacks the class folders {few(missing)}')
    if more:
        parts.append(f'has the class folders {few(more)} beside them')
    raise UserError(
        f'{where} {" and ".join(parts)} of {trained_where}, which shifts the '
        'labels of those that follow: make a missing folder, which may be '
        'empty, and move others away.')


def check_labels(cfg: Config, where: str, leaf: BaseDataset) -> None:
    """Raise if a classifier's head has too few outputs.

    Looks at 2,000 labels at most.

    Args:
        cfg (Config): A complete config.
        where (str): Path of the data set's config, for the message.
        leaf (BaseDataset): A built data set.

    Raises:
        UserError: If so; names the head.
    """
    classes = leaf.metainfo.get('classes')
    if getattr(leaf, 'folder_to_idx', None) and classes:
        check_heads(cfg, where, classes)
    outputs = min((count for _, count, _ in find_heads(cfg)), default=None)
    for i in spread(len(leaf), MOST) if outputs else []:
        info = leaf.get_data_info(i)
        # Several tasks have a dict of labels.
        if isinstance(info.get('gt_label', {}), dict):
            return
        largest = int(np.max(info['gt_label'], initial=-1))
        if largest >= outputs:
            raise UserError(
                f'{info.get("img_path", f"image {i}")} ({where}) has the '
                f'label {largest}, but a head has {outputs} outputs, labels 0 '
                f'to {outputs - 1}: mend the label or set num_classes of the '
                'head.')
