"""Parts of a config: its host, data sets, their classes and the heads."""
import os
from typing import Any, Iterator, Sequence, Tuple

from mmengine.config import Config
from mmengine.registry import DATASETS
from mmengine.utils import is_abs

from protune_mm.errors import UserError

# Heads that have an output for each class of the data set, and no other.
EXACT_HEADS = ('bbox_head', 'mask_head')
# Heads that may have outputs to spare.
OTHER_HEADS = ('decode_head', 'auxiliary_head', 'head')
# Types of heads that tell boundaries from the rest, whatever the classes.
BOUNDARY_HEADS = ('STDCHead', )
# Parts of models that take their classes from text or from other data sets.
OPEN_PARTS = ('language_model', 'text_encoder', 'detector')


def host_of(cfg: Config) -> str:
    """Name the host library of a config.

    Args:
        cfg (Config): A complete config; a pure-Python one has no default
            scope, but its types are the hosts' classes.

    Returns:
        str: 'mmdet', 'mmseg' or 'mmpretrain'.
    """
    kind = cfg.model.type
    named = kind if isinstance(kind, str) else kind.__module__
    return cfg.get('default_scope') or named.split('.')[0]


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
                    and step_name(node) not in BOUNDARY_HEADS):
                yield path, node['num_classes'], head in EXACT_HEADS
            for key, value in node.items():
                known = key in EXACT_HEADS + OTHER_HEADS
                yield from walk(value, f'{path}.{key}', key if known else head)
        elif isinstance(node, (list, tuple)):
            for i, value in enumerate(node):
                yield from walk(value, f'{path}.{i}', head)

    if not any(part in cfg.model for part in OPEN_PARTS):
        yield from walk(cfg.model, 'model', None)


def join_root(dataset: dict, path: str) -> str:
    """Return a path below a data set's root; an address stays."""
    if '://' in path or is_abs(path):
        return path
    root = dataset.get('data_root') or ''
    if not isinstance(root, str):
        raise UserError(f'data_root is {root}, but a data set has one: make '
                        'two sets and join them by type="ConcatDataset".')
    return os.path.join(root, path)


def step_name(step: Any) -> str:
    """Return a step's, or another part's, type without its scope, or ''."""
    kind = step.get('type', '') if isinstance(step, dict) else type(step)
    return kind.split('.')[-1] if isinstance(kind, str) else kind.__name__


def loads_from_elsewhere(dataset: dict) -> bool:
    """Tell if a data set or its pipeline names a backend of mmengine's."""
    parts = [dataset, *(dataset.get('pipeline') or [])]
    return any(isinstance(x, dict) and x.get('backend_args') for x in parts)


def named_class(cfg: Config, dataset: dict) -> type:
    """Return the class that a data set's config names."""
    if isinstance(dataset['type'], type):
        return dataset['type']
    scope = dataset.get('_scope_') or cfg.get('default_scope', 'mmengine')
    with DATASETS.switch_scope_and_registry(scope) as registry:
        cls = registry.get(dataset['type'])
    if cls is None:
        raise UserError(f'There is no data set called {dataset["type"]} '
                        f'(scope {scope}): look at its spelling, or name the '
                        'module that registers it in custom_imports.')
    return cls


def dataset_class(cfg: Config, dataset: dict) -> type:
    """Return the class that reads a data set's files, a preset's stock one."""
    cls = named_class(cfg, dataset)
    return getattr(cls, 'stock', cls)


def find_metainfo(cfg: Config, dataset: dict) -> dict:
    """Return the metainfo a data set will have, {} if it does not say."""
    given = dataset.get('metainfo') or {}
    if 'classes' in given:
        return given
    if 'classes' in dataset:  # mmpretrain's own argument
        return dict(classes=dataset['classes'])
    return getattr(dataset_class(cfg, dataset), 'METAINFO', {})


def few(names: Sequence[str]) -> str:
    """Show the first of some names."""
    return ', '.join(map(str, names[:3])) + (', ...' if len(names) > 3 else '')
