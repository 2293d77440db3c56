"""Training runs whose results are compared."""
import copy
import os
import sys
from contextlib import contextmanager, redirect_stdout
from logging import FileHandler
from pathlib import Path
from typing import Iterator, Optional
from uuid import uuid4

from mmengine.config import Config
from mmengine.logging import MMLogger

from protune_mm.atomic_backend import write_whole
from protune_mm.engine.hooks.set_aside_hook import set_aside
from protune_mm.engine.work_dir import newest_checkpoint
from protune_mm.evaluation.run_result import RECORD, RunResult, load_result
from protune_mm.preflight.checks import preflight
from .fingerprint import fingerprint
from .runner import build_runner

STARTED = 'started.txt'


def read_result(cfg: Config) -> Optional[RunResult]:
    """Return the result of a finished run of a config.

    Args:
        cfg (Config): A complete config with a ``work_dir``.

    Returns:
        RunResult, optional: None if this config has not been run to its end
        in this work directory.
    """
    result = load_result(Path(cfg.work_dir, RECORD))
    return result if result.get('fingerprint') == fingerprint(cfg) else None


def has_checkpoint(cfg: Config) -> bool:
    """Tell if a run of a config can be gone on with.

    Args:
        cfg (Config): A complete config with a ``work_dir``.

    Returns:
        bool: Whether this very config has left a checkpoint there.
    """
    started = Path(cfg.work_dir, STARTED)
    return (started.exists() and started.read_text() == fingerprint(cfg)
            and newest_checkpoint(cfg.work_dir)[0] is not None)


def prepare_run(cfg: Config, resume: bool = False) -> Config:
    """Complete a config so that its run leaves a result.

    Args:
        cfg (Config): A complete config with a ``work_dir``, which is made.
        resume (bool): Go on from the last checkpoint of an interrupted run of
            the same config. Default: False.

    Returns:
        Config: A copy; a runner writes into its config.

    Raises:
        UserError: If data or weights are missing or do not fit.
    """
    preflight(cfg)
    key = fingerprint(cfg)
    folder = Path(cfg.work_dir)
    folder.mkdir(parents=True, exist_ok=True)
    resume = resume and has_checkpoint(cfg)
    if not resume:
        # What another run left is not to go on from; its result stays.
        set_aside(cfg.work_dir)
        if (folder / RECORD).exists():
            old = load_result(folder / RECORD).get('fingerprint', 'damaged')
            os.replace(folder / RECORD, folder / f'result_{old[:8]}.json')
    write_whole(folder / STARTED, key.encode())
    cfg = copy.deepcopy(cfg)
    cfg.resume = resume
    if resume:
        cfg.load_from = str(newest_checkpoint(cfg.work_dir)[0])
    # By name mmengine tells apart the runs that a process starts in a second.
    cfg.experiment_name = uuid4().hex[:8]
    cfg.custom_hooks = [
        *(cfg.get('custom_hooks') or []),
        dict(type='ResultHook', fingerprint=key)
    ]
    return cfg


@contextmanager
def _log_file(path: Path, mode: str) -> Iterator[None]:
    """Send what is printed to a file, which is closed at the end."""
    with open(path, mode) as log, redirect_stdout(log):
        try:
            yield
        finally:
            # mmengine's logger lives on, with files open for each run.
            logger = MMLogger.get_current_instance()
            for handler in list(logger.handlers):
                if getattr(handler, 'stream', None) is not sys.stderr:
                    logger.removeHandler(handler)
                if isinstance(handler, FileHandler):
                    handler.close()


def run_experiment(cfg: Config, title: str, resume: bool = False) -> RunResult:
    """Train and evaluate a config, or return what an earlier run found.

    A finished run of the same config in the same work directory is not
    repeated. The log goes to ``train.log`` in the work directory, a progress
    bar to the screen.

    Args:
        cfg (Config): A complete config with a ``work_dir``.
        title (str): What the progress bar is called.
        resume (bool): Go on with an interrupted run instead of starting it
            again. Default: False.

    Returns:
        RunResult: What the run left.

    Raises:
        UserError: If data or weights are missing or do not fit.
    """
    result = read_result(cfg)
    if result is None or not os.path.exists(result['checkpoint']):
        run = prepare_run(cfg, resume)
        run.custom_hooks.append(dict(type='ProgressBarHook', title=title))
        mode = 'a' if run.resume else 'w'
        with _log_file(Path(cfg.work_dir, 'train.log'), mode):
            build_runner(run).train()
        result = read_result(cfg)
    return result
