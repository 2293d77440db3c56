"""A look into each data set that a runner builds, before it is used."""
import traceback
from typing import Any, Optional, Set

from mmengine import dist
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.runner import Runner
from torch.utils.data import DataLoader, IterableDataset

from protune_mm.errors import UserError
from .built_dataset import copy_to_try, leaves, spread
from .class_folders import check_folders, check_labels
from .config_parts import find_datasets, join_root, step_name
from .images import check_images
from .label_maps import check_label_maps
from .no_images import explain_no_images
from .random_state import kept_random_state
from .sample_error import SampleError, describe_error, name_errors

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
HEADS = ('decode_head', 'auxiliary_head')
TRIED = 5  # samples that go through the whole pipeline


def _ignored_inside(node: Any) -> Set[int]:
    """Collect every ``ignore_index`` in a part of a config."""
    if not isinstance(node, (dict, list, tuple)):
        return set()
    children = node.values() if isinstance(node, dict) else node
    found = set().union(*map(_ignored_inside, children))
    if isinstance(node, dict) and isinstance(node.get('ignore_index'), int):
        found.add(node['ignore_index'])
    return found


def _parts(node: Any) -> list:
    parts = node if isinstance(node, (list, tuple)) else [node]
    return [part for part in parts if part]


def _evaluators(cfg: Config, loader: str) -> list:
    return _parts(cfg.get(loader.replace('dataloader', 'evaluator')))


def ignored(cfg: Config, loader: str) -> Set[int]:
    """Tell which labels all that look at a loader's label maps ignore.

    Args:
        cfg (Config): A complete config.
        loader (str): Heads look at the maps of 'train_dataloader', evaluators
            at those of the others.

    Returns:
        set[int]: The labels; 255 is every host's default.
    """
    parts = _evaluators(cfg, loader)
    if loader == 'train_dataloader':
        parts = [
            head for name in HEADS for head in _parts(cfg.model.get(name))
        ] or [cfg.model]
    return set.intersection(
        *[_ignored_inside(part) or {255} for part in parts or [{}]])


def _retrieves(cfg: Config, loader: str) -> bool:
    """Tell if an evaluation looks for like images, of whatever classes."""
    return any(
        step_name(evaluator).startswith('Retrieval')
        for evaluator in _evaluators(cfg, loader))


def _semantic_classes(model: Any) -> Optional[int]:
    """Return the classes of a detector's semantic head, such as HTC's."""
    if isinstance(model, dict):
        head = model.get('semantic_head')
        if isinstance(head, dict) and 'num_classes' in head:
            return head['num_classes']
    children = model.values() if isinstance(
        model, dict) else (model if isinstance(model, (list, tuple)) else ())
    return next(filter(None, map(_semantic_classes, children)), None)


class CheckedLoaders:
    """Builds a runner's loaders, and looks into their data sets.

    Some samples go through the pipelines, of which copies are used, and no
    random number of the run is drawn. From then on, errors of the pipelines
    name the file, also in a loader's workers.

    Args:
        cfg (Config): A complete config.
        runner (Runner): The runner, whose own method builds the loaders.
    """

    def __init__(self, cfg: Config, runner: Runner) -> None:
        self.cfg = cfg
        self.runner = runner
        self.build = runner.build_dataloader
        self.folders = None  # of the training set's classes

    def __call__(self, dataloader: dict, *args, **kwargs) -> DataLoader:
        """Build a loader.

        Args:
            dataloader (dict): Its config.
            *args: Of the runner's own method.
            **kwargs: Of the runner's own method.

        Returns:
            DataLoader: As the runner builds it.

        Raises:
            UserError: If its data cannot be used.
        """
        # Two may be equal, as those of validation and test.
        loader = next(
            (name for name in LOADERS
             if getattr(self.runner, f'_{name}', None) is dataloader),
            'a loader')
        try:
            built = self.build(dataloader, *args, **kwargs)
        except Exception as error:
            self._explain(loader, error)
            raise
        name_errors(built.dataset)
        if dist.get_rank() == 0 and not self.cfg.get('skip_checks'):
            with kept_random_state():
                self._look(loader, copy_to_try(built.dataset))
        return built

    def _explain(self, loader: str, error: Exception) -> None:
        """Raise a sentence if a data set could not be loaded."""
        if isinstance(error, UserError):
            return
        if 'need at least one array to concatenate' in str(error):
            explain_no_images(self.cfg, loader)
        frames = traceback.extract_tb(error.__traceback__)
        # Other errors are of the code that builds, and need their trace.
        if any(frame.name == 'full_init' for frame in frames):
            files = [
                join_root(dataset, dataset['ann_file'])
                for _, dataset in find_datasets(self.cfg, [loader])
                if dataset.get('ann_file')
            ]
            raise UserError(f'The data of {", ".join([loader, *files])} '
                            'cannot be loaded: '
                            f'{describe_error(error)}; mend it, or the '
                            'data_root, data_prefix and ann_file of its data '
                            'set.') from error

    def _look(self, loader: str, dataset: Any) -> None:
        """Raise if files, labels or samples cannot be used."""
        if not isinstance(dataset, IterableDataset) and not len(dataset):
            explain_no_images(self.cfg, loader)
        places = dict(
            enumerate(path for path, _ in find_datasets(self.cfg, [loader])))
        for i, leaf in enumerate(leaves(dataset)):
            if len(leaf):
                self._look_at_files(loader, places.get(i, loader), leaf)
        if not isinstance(dataset, IterableDataset):
            self._try(loader, dataset)

    def _look_at_files(self, loader: str, where: str,
                       leaf: BaseDataset) -> None:
        check_images(where, leaf)
        check_labels(self.cfg, where, leaf)
        folders = getattr(leaf, 'folder_to_idx', None)
        if where.startswith('train'):
            self.folders = self.folders or (folders and (where, folders))
        elif folders and self.folders and not _retrieves(self.cfg, loader):
            check_folders(where, folders, *self.folders)
        classes = self._map_classes(leaf)
        if classes:
            check_label_maps(where, leaf, classes, ignored(self.cfg, loader))

    def _map_classes(self, leaf: BaseDataset) -> Optional[int]:
        """Return how many classes a label map may hold."""
        if any(base.__name__ == 'BaseDetDataset'
               for base in type(leaf).__mro__):
            return _semantic_classes(self.cfg.model)
        return len(leaf.metainfo.get('classes') or ()) or None

    @staticmethod
    def _try(loader: str, dataset: Any) -> None:
        """Send some samples through the pipelines."""
        for i in spread(len(dataset), TRIED):
            try:
                dataset[i]
            except UserError:
                raise
            except Exception as error:
                raise SampleError(f'Sample {i} of {loader} cannot be used: '
                                  f'{describe_error(error)}.') from error


def check_loaders(runner: Runner, cfg: Config) -> Runner:
    """Let a runner look into the data sets of the loaders it builds.

    Args:
        runner (Runner): A runner, changed in place.
        cfg (Config): Its config.

    Returns:
        Runner: The runner.
    """
    runner.build_dataloader = CheckedLoaders(cfg, runner)
    return runner
