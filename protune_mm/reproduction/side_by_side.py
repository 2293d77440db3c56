"""Several trainings at once, each a process with its share of the cores."""
import os
import subprocess
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any, Callable, NamedTuple, Optional, Sequence

from protune_mm.apis.experiment import prepare_run
from protune_mm.atomic_backend import write_whole
from protune_mm.cores import usable_cores
from protune_mm.errors import UserError
from protune_mm.files import TOOLS
from .run_lock import run_lock

# What the libraries below torch take their number of threads from.
THREADS = ('OMP_NUM_THREADS', 'MKL_NUM_THREADS')
SECONDS_BETWEEN_LOOKS = 0.2


class Training(NamedTuple):
    """A process that trains a run.

    Args:
        run (Run): What is trained.
        process (subprocess.Popen): Who trains it.
        held (ExitStack): The lock of the run and its log.
    """
    run: Any
    process: subprocess.Popen
    held: ExitStack


def start(run: Any, jobs: int) -> Optional[Training]:
    """Begin the training of a run, or go on with it.

    Args:
        run (Run): What is to be trained.
        jobs (int): How many share the cores.

    Returns:
        Training, optional: Under way; None if another process has ended it.

    Raises:
        RunTaken: If another process trains the run.
        UserError: If data or weights are missing or do not fit.
    """
    threads = str(max(1, usable_cores() // jobs))
    with ExitStack() as stack:
        lock = stack.enter_context(run_lock(run.cfg.work_dir))
        if run.state == 'done':
            return None
        cfg = prepare_run(run.cfg, resume=True)
        path = Path(cfg.work_dir, 'config.py')
        write_whole(path, cfg.pretty_text.encode())
        log = stack.enter_context(open(path.with_name('train.log'), 'a'))
        process = subprocess.Popen([sys.executable, TOOLS / 'train.py', path],
                                   stdout=log,
                                   stderr=log,
                                   pass_fds=[lock.fileno()],
                                   env={
                                       **os.environ,
                                       **dict.fromkeys(THREADS, threads)
                                   })
        return Training(run, process, stack.pop_all())


def end(training: Training) -> None:
    """Wait for a training, and let go of its run.

    Raises:
        UserError: If it failed.
    """
    with training.held:
        if training.process.wait():
            log = Path(training.run.cfg.work_dir, 'train.log')
            raise UserError(f'The training failed: see the end of {log}.')


def _stop(trainings: Sequence[Training]) -> None:
    for training in trainings:
        training.process.terminate()
    for training in trainings:
        training.process.wait()
        training.held.close()


def train_side_by_side(runs: Sequence[Any], jobs: int,
                       attempt: Callable[[Callable, Any], Any],
                       ended: Callable[[Any], None]) -> None:
    """Train runs, some of them at the same time.

    Args:
        runs (Sequence[Run]): What is to be trained.
        jobs (int): How many at once.
        attempt (Callable): Called with what may fail and its run; it returns
            what that returns, or None after an error, which it notes.
        ended (Callable): Called with each run that has ended or failed.
    """
    waiting, active = list(runs), []
    try:
        while waiting or active:
            while waiting and len(active) < jobs:
                run = waiting.pop(0)
                training = attempt(partial(start, run, jobs), run)
                if training:
                    active.append(training)
                else:
                    ended(run)
            sleep(SECONDS_BETWEEN_LOOKS)
            for training in [
                    x for x in active if x.process.poll() is not None
            ]:
                active.remove(training)
                attempt(partial(end, training), training.run)
                ended(training.run)
    finally:  # if we are stopped, so are they
        _stop(active)
