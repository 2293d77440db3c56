"""Running the cells of a table: once each, and not all or nothing."""
import hashlib
import itertools
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Callable, Dict, List, Optional, Sequence

from mmengine.config import Config

from protune_mm.apis.experiment import (has_checkpoint, prepare_run,
                                        read_result, run_experiment)
from protune_mm.atomic_backend import write_whole
from protune_mm.errors import UserError
from protune_mm.evaluation.percent import percent
from protune_mm.evaluation.run_result import total_parameters
from protune_mm.files import TOOLS
from .cells import Cell, Outcome
from .compose import compose, is_default, sources
from .run_lock import RunTaken, run_lock
from .side_by_side import train_side_by_side
from .studies import STUDIES

STATES = ('done', 'interrupted', 'to do')
# What the paper prints; of several metrics the first.
METRICS = ('corruption/mean', 'coco/bbox_mAP', 'mIoU', 'accuracy/top1')


@dataclass(frozen=True)
class Run:
    """A training of a cell with one seed.

    Args:
        cell (Cell): What is trained.
        seed (int): The seed.
        cfg (Config): Its config, with its work directory.
    """
    cell: Cell
    seed: int
    cfg: Config

    @property
    def title(self) -> str:
        """str: What it is called on the screen."""
        cell = self.cell
        words = ('' if cell.host == 'classifier' else cell.host, cell.backbone,
                 cell.method, cell.setting, cell.dataset, f'seed {self.seed}')
        return ', '.join(filter(None, words))

    @property
    def state(self) -> str:
        """str: 'done', 'interrupted' or 'to do'."""
        if read_result(self.cfg):
            return 'done'
        return 'interrupted' if has_checkpoint(self.cfg) else 'to do'


def options_tag(cfg_options: Optional[dict]) -> str:
    """Name runs with other settings apart; empty if there are none."""
    if not cfg_options:
        return ''
    text = repr(sorted(cfg_options.items()))
    return f'options_{hashlib.sha256(text.encode()).hexdigest()[:8]}'


def run_folder(cell: Cell, seed: int) -> str:
    """Return where a run's files go; equal runs of two tables share it."""
    setting = '' if is_default(cell.setting) else f'_{cell.setting}'
    host = '' if cell.host == 'classifier' else f'{cell.host}/'
    if cell.table in STUDIES:  # what it trains differs from other tables
        host = f'{cell.table}/{host}'
    return (f'{host}{cell.backbone}/{cell.method}{setting}/{cell.dataset}/'
            f'seed{seed}')


def plan(cells: Sequence[Cell],
         seeds: int,
         configs: Path,
         work_dir: Path,
         cfg_options: Optional[dict] = None) -> List[Run]:
    """List the trainings that cells need.

    Args:
        cells (Sequence[Cell]): The cells.
        seeds (int): Trainings a cell, seeds 0 to ``seeds`` - 1.
        configs (Path): Folder of the configs.
        work_dir (Path): Where all runs go.
        cfg_options (dict, optional): Values to override. Default: None.

    Returns:
        list[Run]: A run each, by cell and seed.
    """
    runs = []
    for cell in cells:
        for seed in range(seeds):
            cfg = compose(cell, configs, seed, cfg_options)
            cfg.work_dir = str(
                Path(work_dir, options_tag(cfg_options),
                     run_folder(cell, seed)))
            runs.append(Run(cell, seed, cfg))
    return runs


def _distributed(run: Run, gpus: int, lock: IO) -> None:
    """Train on several GPUs, through ``tools/dist_train.sh``."""
    batch = run.cfg.train_dataloader.batch_size
    if batch % gpus:
        raise UserError(f'A batch of {batch} images cannot be shared by '
                        f'--gpus {gpus}: choose a divisor.')
    cfg = prepare_run(run.cfg, resume=True)
    cfg.train_dataloader.batch_size = batch // gpus
    path = Path(cfg.work_dir, 'config.py')
    write_whole(path, cfg.pretty_text.encode())
    command = [TOOLS / 'dist_train.sh', path, str(gpus)]
    # torchrun lies beside the interpreter, whose environment may be inactive.
    search = f'{Path(sys.executable).parent}{os.pathsep}{os.environ["PATH"]}'
    with open(path.with_name('train.log'), 'a') as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            pass_fds=[lock.fileno()],
            env={
                **os.environ, 'PATH': search
            })
        try:
            process.wait()
        finally:  # if we are stopped, so are the workers
            process.terminate()
            process.wait()
    if process.returncode:
        raise UserError(f'The training failed: see the end of {log.name}.')


def _train(run: Run, gpus: int, title: str, lock: IO) -> None:
    if gpus > 1:
        print(title)
        _distributed(run, gpus, lock)
    else:
        run_experiment(run.cfg, title, resume=True)


def _train_locked(run: Run, gpus: int, title: str) -> None:
    with run_lock(run.cfg.work_dir) as lock:
        if run.state != 'done':  # another process may have ended it
            _train(run, gpus, title, lock)


def _attempt(errors: Dict[str, str], act: Callable[[], Any], run: Run) -> Any:
    """Do what a run needs; note what goes wrong instead of raising it."""
    try:
        return act()
    except RunTaken:
        print(f'{run.title}: another process is training this run and '
              'will leave its result; start again when it has ended.')
    # Whatever it is, the other cells do not depend on it.
    except Exception as error:  # noqa: B902
        text = str(error).strip() or type(error).__name__
        errors[run.cfg.work_dir] = text.splitlines()[0]
        print(f'{run.title} failed: {errors[run.cfg.work_dir]}')


def execute(runs: Sequence[Run],
            gpus: int = 1,
            after: Callable[[Dict[str, str]], None] = lambda errors: None,
            jobs: int = 1) -> Dict[str, str]:
    """Train what is not done; a run that fails does not stop the rest.

    Args:
        runs (Sequence[Run]): Of :func:`plan`.
        gpus (int): Processes of each training. Default: 1.
        after (Callable): Called with the errors so far when a run has ended.
            Default: does nothing.
        jobs (int): Trainings at the same time, each of which gets its share
            of the cores; more than one need ``gpus=1``. Default: 1.

    Returns:
        dict[str, str]: What went wrong, by the work directory of the run.
    """
    todo = list({run.cfg.work_dir: run
                 for run in runs if run.state != 'done'}.values())
    errors: Dict[str, str] = {}
    attempt = partial(_attempt, errors)
    start = time.time()

    def left(ended: int) -> str:
        if not ended:
            return ''
        minutes = (time.time() - start) / 60 / ended * (len(todo) - ended)
        return f', about {minutes:.0f} min left'

    if jobs > 1:
        count = itertools.count(1)

        def ended(run: Run) -> None:
            number = next(count)
            print(f'[{number}/{len(todo)}{left(number)}] {run.title}: '
                  f'{run.state}')
            after(errors)

        train_side_by_side(todo, jobs, attempt, ended)
        return errors
    for number, run in enumerate(todo):
        title = f'[{number + 1}/{len(todo)}{left(number)}] {run.title}'
        attempt(partial(_train_locked, run, gpus, title), run)
        after(errors)
    return errors


def minutes_of(runs: Sequence[Run]) -> float:
    """Sum up how long the finished ones of runs have trained.

    Args:
        runs (Sequence[Run]): Of :func:`plan`.

    Returns:
        float: Minutes, whenever that was.
    """
    unique = {run.cfg.work_dir: run for run in runs}
    results = [read_result(run.cfg) for run in unique.values()]
    return sum(result['minutes'] for result in results if result)


def _value(metrics: Dict[str, float]) -> float:
    # mmdet evaluates nothing if a detector finds nothing.
    name = next((name for name in METRICS if name in metrics), None)
    return percent(metrics, name) if name else 0.


def collect(runs: Sequence[Run], errors: Dict[str, str]) -> List[Outcome]:
    """Gather the results of runs, cell by cell.

    Args:
        runs (Sequence[Run]): Of :func:`plan`.
        errors (dict[str, str]): Of :func:`execute`.

    Returns:
        list[Outcome]: One a cell, in the order of the runs.
    """
    groups: Dict[Cell, List[Run]] = {}
    for run in runs:
        groups.setdefault(run.cell, []).append(run)
    outcomes = []
    for cell, members in groups.items():
        found = [r for r in (read_result(m.cfg) for m in members) if r]
        outcomes.append(
            Outcome(
                cell,
                total_parameters(found[0]).trained if found else None,
                tuple(_value(result['metrics']) for result in found),
                next((errors[m.cfg.work_dir]
                      for m in members if m.cfg.work_dir in errors), '')))
    return outcomes


def overview(runs: Sequence[Run], configs: Path, full: bool = False) -> str:
    """Tell what would be run.

    Args:
        runs (Sequence[Run]): Of :func:`plan`.
        configs (Path): Folder of the configs.
        full (bool): A line a run, and the files its config is made of.
            Default: False, which means only how many there are.

    Returns:
        str: The text.
    """
    unique = {run.cfg.work_dir: run for run in runs}
    states = {folder: run.state for folder, run in unique.items()}
    counts = Counter(states.values())
    lines = [
        f'{run.title}: {states[folder]}\n  '
        f'{" + ".join(str(p) for p in sources(run.cell, configs))}\n  '
        f'-> {folder}' for folder, run in unique.items()
    ] if full else []
    return '\n'.join([
        *lines, f'{len(unique)} runs: ' + ', '.join(f'{counts[state]} {state}'
                                                    for state in STATES)
    ])
