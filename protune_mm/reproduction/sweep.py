"""Choosing learning rates and weight decays.

Each pair of a grid, such as that of Visual Prompt Tuning, is trained with seed
0 on a part of the training set and evaluated on the rest of it: the test set
has no say.
"""
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

from mmengine.config import Config

from .campaign import Run, plan
from .cells import Cell, Outcome
from .one_recipe import DECAYS as ONE_DECAYS
from .one_recipe import Task, hold_out_scenes
from .prompt_cells import VPT, VTAB
from .studies import STUDIES, task_of

# VPT, https://arxiv.org/abs/2203.12119, section 4.1 and its code; rates are
# for batches of 256 images.
RATES = (0.1, 0.25, 0.5, 1., 2.5, 5., 10., 25., 50.)
DECAYS = (0., 1e-4, 1e-3, 1e-2)
VTAB_RATES = (0.05, *RATES)
CARS_RATES = (*RATES, 100., 250., 500., 1000.)
# Data sets that come with a split to choose by: that and the other one. Of
# all others a tenth of each class is held out, before few shots are drawn.
SPLITS = dict(VTAB1k=('train800', 'val200'), Flowers102=('train', 'val'))
DRAWING = ('RepeatDataset', 'FewShotDataset')

# Of a trial that has no result, and no error.
TAKEN = 'another process is training one; start again when it has ended.'


@dataclass(frozen=True)
class Trial:
    """A training of a sweep.

    Args:
        cell (Cell): What the sweep is for.
        lr (float): Learning rate; of prompt tokens for batches of 256 images.
        decay (float): Weight decay.
        run (Run): The training; its cell tells both as its setting.
    """
    cell: Cell
    lr: float
    decay: float
    run: Run


def has_sweep(cell: Cell) -> bool:
    """Tell if a cell's learning rate and weight decay are to be chosen."""
    return bool(task_of(cell)) or (cell.table not in STUDIES
                                   and cell.method in VPT)


def grid_rates(cell: Cell) -> Sequence[float]:
    """Return the learning rates that a cell's is chosen from."""
    task = task_of(cell)
    if task:
        return task.rates
    if cell.dataset.startswith(VTAB):
        return VTAB_RATES
    return CARS_RATES if cell.dataset == 'stanford_cars' else RATES


def grid_decays(cell: Cell) -> Sequence[float]:
    """Return the weight decays that a cell's is chosen from."""
    return ONE_DECAYS if task_of(cell) else DECAYS


def use_tuning_split(cfg: Config, task: Optional[Task]) -> None:
    """Train on a part of the training set, evaluate on the rest of it.

    Args:
        cfg (Config): A complete config, changed in place.
        task (Task, optional): What it trains, if it is of a comparison.
    """
    if cfg.default_scope != 'mmpretrain':
        hold_out_scenes(cfg, task)
        return
    holder = cfg.train_dataloader
    while holder.dataset.type in DRAWING:
        holder = holder.dataset
    train, val = holder.dataset, cfg.val_dataloader.dataset
    if train.type in SPLITS:
        train.split, val.split = SPLITS[train.type]
    else:
        held = dict(train, pipeline=val.pipeline)
        holder.dataset = dict(
            type='HoldoutDataset', part='train', dataset=train)
        cfg.val_dataloader.dataset = dict(
            type='HoldoutDataset', part='val', dataset=held)
    cfg.test_dataloader = cfg.val_dataloader


def _set_rates(run: Run, lr: float, decay: float, *folders: str) -> None:
    """Set learning rate, weight decay and place of a run, in place."""
    run.cfg.optim_wrapper.optimizer.update(lr=lr, weight_decay=decay)
    run.cfg.work_dir = str(Path(run.cfg.work_dir).parent.joinpath(*folders))


def plan_sweep(cells: Sequence[Cell],
               configs: Path,
               work_dir: Path,
               cfg_options: Optional[dict] = None,
               rates: Optional[Sequence[float]] = None,
               decays: Optional[Sequence[float]] = None) -> List[Trial]:
    """List the trainings that choose for cells.

    Args:
        cells (Sequence[Cell]): Those of :func:`has_sweep`.
        configs (Path): Folder of the configs.
        work_dir (Path): Where all runs go.
        cfg_options (dict, optional): Values to override. Default: None.
        rates (Sequence[float], optional): Learning rates. Default: None,
            which means the cell's grid.
        decays (Sequence[float], optional): Weight decays. Default: None,
            which means the cell's grid.

    Returns:
        list[Trial]: By cell, learning rate and weight decay.
    """
    trials = []
    for cell in cells:
        pairs = product(rates or grid_rates(cell), decays or grid_decays(cell))
        # What is given twice is one training.
        for (lr, decay) in {f'{x:g} {y:g}': (x, y) for x, y in pairs}.values():
            run, = plan([cell], 1, configs, work_dir, cfg_options)
            use_tuning_split(run.cfg, task_of(cell))
            _set_rates(run, lr, decay, 'sweep', f'lr{lr:g}_wd{decay:g}')
            setting = f'{cell.setting} lr={lr:g} wd={decay:g}'.strip()
            named = replace(cell, setting=setting)
            trials.append(Trial(cell, lr, decay, replace(run, cell=named)))
    return trials


def choose(
        trials: Sequence[Trial], outcomes: Sequence[Outcome]
) -> Tuple[Dict[Cell, Trial], Dict[Cell, str]]:
    """Take the best trial of each cell, the smaller of two equal rates.

    Args:
        trials (Sequence[Trial]): Of :func:`plan_sweep`.
        outcomes (Sequence[Outcome]): What each of them gave.

    Returns:
        tuple[dict[Cell, Trial], dict[Cell, str]]: The best trials, and what
        went wrong with the other cells: of a part of a grid no best is taken.
    """
    found = {outcome.cell: outcome for outcome in outcomes}
    groups: Dict[Cell, List[Tuple[Trial, Outcome]]] = {}
    for trial in trials:
        groups.setdefault(trial.cell, []).append(
            (trial, found[trial.run.cell]))
    best, errors = {}, {}
    for cell, group in groups.items():
        failed = [outcome.error for _, outcome in group if not outcome.values]
        if failed:
            # Options are of the data set: it is put into a holdout later.
            error = failed[0].replace('.dataset.dataset', '.dataset')
            errors[cell] = (f'{len(failed)} of the {len(group)} trainings of '
                            f'its sweep failed: {error or TAKEN}')
        else:
            best[cell], _ = max(
                group, key=lambda x: (x[1].mean, -x[0].lr, -x[0].decay))
    return best, errors


def plan_chosen(best: Dict[Cell, Trial],
                seeds: int,
                configs: Path,
                work_dir: Path,
                cfg_options: Optional[dict] = None) -> List[Run]:
    """List the trainings of cells with what their sweeps chose.

    Args:
        best (dict[Cell, Trial]): Of :func:`choose`.
        seeds (int): Trainings a cell, seeds 0 to ``seeds`` - 1.
        configs (Path): Folder of the configs.
        work_dir (Path): Where all runs go.
        cfg_options (dict, optional): Values to override. Default: None.

    Returns:
        list[Run]: A run each, apart from those that no sweep chose for.
    """
    runs = []
    for cell, trial in best.items():
        for run in plan([cell], seeds, configs, work_dir, cfg_options):
            name = f'swept_lr{trial.lr:g}_wd{trial.decay:g}'
            _set_rates(run, trial.lr, trial.decay, name, f'seed{run.seed}')
            runs.append(run)
    return runs
