"""Checks before training: is everything there, does it fit together."""
import json
import mmap
import os
from typing import Iterator, List, Optional, Sequence, Tuple

from mmengine.config import Config

from protune_mm.errors import UserError
from .data_files import check_files, dataset_class, join_root
from .weights import fetch_weights, find_weights

# Heads that have an output for each class of the data set, and no other.
EXACT_HEADS = ('bbox_head', 'mask_head')
# Heads that may have outputs to spare.
OTHER_HEADS = ('decode_head', 'auxiliary_head', 'head')
# Types of heads that tell boundaries from the rest, whatever the classes.
BOUNDARY_HEADS = ('STDCHead', )
# Parts of models that take their classes from text or from other data sets.
OPEN_PARTS = ('language_model', 'text_encoder', 'detector')


def find_datasets(cfg: Config,
                  loaders: Sequence[str]) -> Iterator[Tuple[str, dict]]:
    """Find the data sets inside loaders and their wrappers.

    Args:
        cfg (Config): A complete config.
        loaders (Sequence[str]): Such as ``('train_dataloader', )``.

    Yields:
        tuple[str, dict]: The path of its config and the config.
    """

    def walk(node, path):
        if 'dataset' in node:
            yield from walk(node['dataset'], f'{path}.dataset')
        elif isinstance(node.get('datasets'), (list, tuple)):
            for i, child in enumerate(node['datasets']):
                yield from walk(child, f'{path}.datasets.{i}')
        elif 'type' in node:
            yield path, node

    for loader in loaders:
        if cfg.get(loader):
            yield from walk(cfg[loader], loader)


def _categories(ann_file: str) -> Optional[List[str]]:
    """Read only the categories of a COCO file, which may hold 450 MB."""
    with open(ann_file, 'rb') as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            start = content.rfind(b'"categories"')
            if start < 0:
                return None
            text = content[start:start + 10_000_000].decode(errors='ignore')
    array = text[text.index('['):]
    items = json.JSONDecoder().raw_decode(array)[0]
    return [item.get('name') for item in items]


def _metainfo(cfg: Config, dataset: dict) -> dict:
    """Return the metainfo a data set will have, {} if it does not say."""
    given = dataset.get('metainfo') or {}
    if 'classes' in given:
        return given
    if 'classes' in dataset:  # mmpretrain's own argument
        return dict(classes=dataset['classes'])
    return getattr(dataset_class(cfg, dataset), 'METAINFO', {})


def find_heads(cfg: Config) -> Iterator[Tuple[str, int, bool]]:
    """Find the heads that classify into the data set's classes.

    Args:
        cfg (Config): A complete config.

    Yields:
        tuple[str, int, bool]: The head's path, its ``num_classes`` and
        whether that must be the number of classes, not just suffice.
    """

    def walk(node, path, head):
        if isinstance(node, dict):
            if (head and 'num_classes' in node
                    and node.get('type') not in BOUNDARY_HEADS):
                yield path, node['num_classes'], head in EXACT_HEADS
            for key, value in node.items():
                known = key in EXACT_HEADS + OTHER_HEADS
                yield from walk(value, f'{path}.{key}', key if known else head)
        elif isinstance(node, (list, tuple)):
            for i, value in enumerate(node):
                yield from walk(value, f'{path}.{i}', head)

    if not any(part in cfg.model for part in OPEN_PARTS):
        yield from walk(cfg.model, 'model', None)


def check_classes(cfg: Config, where: str, dataset: dict) -> None:
    """Raise if annotations, data set and heads disagree about the classes.

    Args:
        cfg (Config): A complete config.
        where (str): Path of the data set's config, for the message.
        dataset (dict): The data set's config.

    Raises:
        UserError: If a class is not annotated, or a head counts otherwise.
    """
    metainfo = _metainfo(cfg, dataset)
    classes = metainfo.get('classes')
    if not classes or isinstance(classes, str):
        return
    ann_file = dataset.get('ann_file') or ''
    if isinstance(ann_file, str) and ann_file.endswith('.json'):
        path = join_root(dataset, ann_file)
        names = _categories(path)
        missing = [c for c in classes if c not in (names or classes)]
        if missing:
            raise UserError(
                f'{path} annotates {len(names)} classes ({_few(names)}), but '
                f'{where} expects {len(classes)} and e.g. "{missing[0]}" is '
                f'not among them: set --cfg-options {where}.metainfo.classes '
                "to the annotated names and the heads' num_classes to their "
                'number.')
    things = len(metainfo.get('thing_classes', classes))
    for head, count, exact in find_heads(cfg):
        fits = count in (len(classes), things) or (count > len(classes)
                                                   and not exact)
        if not fits:
            raise UserError(
                f'{head}.num_classes is {count}, but {where} has '
                f'{len(classes)} classes ({_few(classes)}): set --cfg-options '
                f'{head}.num_classes={len(classes)}, or metainfo.classes of '
                'the data sets.')


def check_evaluator(cfg: Config, where: str) -> None:
    """Raise if an evaluator's annotation file is not there.

    Args:
        cfg (Config): A complete config.
        where (str): Such as 'val_evaluator', which need not be there.

    Raises:
        UserError: If the file is missing.
    """
    evaluators = cfg.get(where) or []
    for evaluator in [evaluators] if isinstance(evaluators,
                                                dict) else evaluators:
        path = evaluator.get('ann_file') if isinstance(evaluator,
                                                       dict) else None
        if path and '://' not in path and not os.path.exists(path):
            raise UserError(f'{where} needs {path}, which is not there: name '
                            f'its place with --cfg-options {where}.ann_file='
                            'FILE, as for the data set.')


def _few(names: Sequence[str]) -> str:
    return ', '.join(names[:3]) + (', ...' if len(names) > 3 else '')


def preflight(cfg: Config,
              loaders: Sequence[str] = ('train_dataloader', 'val_dataloader'),
              weights: bool = True) -> None:
    """Check a config's data, classes and weights before anything is built.

    Args:
        cfg (Config): A complete config.
        loaders (Sequence[str]): The loaders that will be used.
            Default: ('train_dataloader', 'val_dataloader').
        weights (bool): Whether pre-trained weights are needed, as they are
            for training. Default: True.

    Raises:
        UserError: The first thing that is missing or does not fit.
    """
    for where, dataset in find_datasets(cfg, loaders):
        check_files(cfg, where, dataset)
        check_classes(cfg, where, dataset)
    for loader in loaders:
        check_evaluator(cfg, loader.replace('dataloader', 'evaluator'))
    if weights:
        for option, checkpoint in find_weights(cfg):
            fetch_weights(option, checkpoint)
