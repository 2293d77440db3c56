"""Checks before training: is everything there, does it fit together."""
import os
from typing import Sequence

from mmengine.config import Config

from protune_mm.errors import UserError
from .annotations import check_annotations
from .config_parts import find_datasets
from .data_files import check_files
from .weights import check_weights


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
        if not isinstance(evaluator, dict) or evaluator.get('backend_args'):
            continue
        path = evaluator.get('ann_file')
        if path and '://' not in path and not os.path.exists(path):
            raise UserError(f'{where} needs {path}, which is not there: name '
                            f'its place with --cfg-options {where}.ann_file='
                            'FILE, as for the data set.')


def preflight(cfg: Config,
              loaders: Sequence[str] = ('train_dataloader', 'val_dataloader'),
              weights: bool = True) -> None:
    """Check a config's data, classes and weights before anything is built.

    Images and labels are looked at when the runner has built its data sets,
    see :class:`protune_mm.preflight.loaders.CheckedLoaders`. ``skip_checks =
    True`` in a config, or ``--skip-checks``, skips both.

    Args:
        cfg (Config): A complete config.
        loaders (Sequence[str]): The loaders that will be used.
            Default: ('train_dataloader', 'val_dataloader').
        weights (bool): Whether pre-trained weights are needed, as they are
            for training. Default: True.

    Raises:
        UserError: The first thing that is missing or does not fit.
    """
    if not cfg.get('skip_checks'):
        for where, dataset in find_datasets(cfg, loaders):
            check_files(cfg, where, dataset)
            check_annotations(cfg, where, dataset)
        for loader in loaders:
            check_evaluator(cfg, loader.replace('dataloader', 'evaluator'))
    if weights:
        check_weights(cfg)
