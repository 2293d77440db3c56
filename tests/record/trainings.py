"""What the cells of tables are, and what short trainings give."""
import os
from pathlib import Path
from typing import Iterator, Tuple

import torch
from hashes import Rows, digest, written
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import MODELS, DefaultScope
from mmengine.runner import load_checkpoint
from models import of_outputs

from protune_mm.apis.runner import build_runner
from protune_mm.datasets import make_digit_scenes
from protune_mm.reproduction import (BENCHMARKS, embedded_cells, paper_cells,
                                     prompt_cells)
from protune_mm.reproduction.compose import compose

# Options that make a training small.
SMALL = {
    'train_dataloader.num_workers': 0,
    'train_dataloader.persistent_workers': False,
    'randomness.seed': 0,
}
STEPS = 3


def all_cells() -> list:
    """Return the cells of all papers, and those on embedded data."""
    tables = [
        paper_cells(table)
        for table in (*map(str, range(2, 13)), 'figure1', 'figure3')
    ] + [prompt_cells(benchmark) for benchmark in BENCHMARKS]
    tables += [embedded_cells(cells) for cells in tables]
    return [cell for table in tables for cell in table]


def cell_name(cell) -> str:
    """Name a cell by what is run."""
    return '/'.join((cell.table, cell.host, cell.backbone, cell.method,
                     cell.setting, cell.dataset))


def of_cells(root: Path) -> Rows:
    """The config of each cell of a table."""
    for cell in all_cells():
        cfg = compose(cell, root / 'configs', seed=7)
        yield f'cell {cell_name(cell)}: text', written(cfg, root)


def trainings(root: Path) -> Iterator[Tuple[str, object]]:
    """Return configs of a few steps on embedded data."""
    for host in ('htc', 'cascade_mask_rcnn', 'fcn', 'upernet'):
        name = f'demo/{host}_protune_r18_digits'
        yield name, Config.fromfile(root / f'configs/{name}.py')
    methods = {}
    for cell in all_cells():
        if cell.dataset.startswith('digits') and cell.host == 'classifier':
            key = (cell.backbone, cell.method, cell.setting)
            methods.setdefault(key, cell)
    for cell in methods.values():
        yield cell_name(cell), compose(cell, root / 'configs', seed=0)


def weights_beside(cfg) -> None:
    """Make weights that the repository does not hold, in place."""
    path = Path(cfg.model.backbone.init_cfg.checkpoint)
    if path.exists():
        return
    torch.manual_seed(0)
    backbone = dict(cfg.model.backbone, tuning='scratch', init_cfg=None)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(backbone)
    model.init_weights()
    torch.save(dict(state_dict=model.state_dict()), path)


def short_config(cfg, folder: Path):
    """Make a training of three steps of a config, in place."""
    cfg.merge_from_dict({**SMALL, 'work_dir': str(folder)})
    cfg.train_cfg = dict(
        type='IterBasedTrainLoop', max_iters=STEPS, val_interval=STEPS + 1)
    cfg.train_dataloader.batch_size = 2
    cfg.val_dataloader = cfg.val_evaluator = cfg.val_cfg = None
    cfg.param_scheduler = []
    cfg.auto_scale_lr = dict(base_batch_size=2, enable=False)
    cfg.default_hooks.checkpoint.update(
        by_epoch=False, interval=STEPS, save_best=None)
    cfg.launcher = 'none'
    return cfg


class Losses(Hook):
    """Keeps what each step's parts of the loss were."""

    def __init__(self) -> None:
        self.found = []

    def after_train_iter(self,
                         runner,
                         batch_idx,
                         data_batch=None,
                         outputs=None) -> None:
        self.found.append({
            name: value.tolist()
            for name, value in outputs.items() if name.startswith('loss')
        })


def of_trainings(root: Path, folder: Path, checkpoints: Path) -> Rows:
    """Losses of short trainings, and what their checkpoints compute."""
    os.chdir(folder)
    for layout, place in (('coco', 'data/digits'), ('ade20k',
                                                    'data/digits_ade20k')):
        make_digit_scenes(place, layout=layout, num_train=8, num_val=4)
    for name, cfg in trainings(root):
        place = folder / 'trained' / name.replace('/', '_')
        weights_beside(cfg)
        runner = build_runner(short_config(cfg, place))
        losses = Losses()
        runner.register_hook(losses)
        model = runner.train()
        yield f'training {name}: losses', losses.found
        yield f'training {name}: weights', digest(*model.state_dict().values())
        # What the other commit wrote, with what it computes of it.
        written_by = checkpoints / 'trained' / place.name
        load_checkpoint(
            model,
            str(written_by / f'iter_{STEPS}.pth'),
            map_location='cpu',
            strict=True)
        yield f'training {name}: its checkpoint', digest(
            *model.state_dict().values())
        yield from of_outputs(f'training {name}, from its checkpoint',
                              model.backbone, 64)
