"""Compare what two commits compute, bit for bit.

    python tests/record.py b93cb9e --work-dir /tmp/record

Each commit is recorded from its own worktree, over the rows of its table of
contracts, its configs, the cells of its tables and short trainings. A row of
this commit that the other one has not is told, and is no difference. Exits
with 1 if there is a difference.
"""
import argparse
import hashlib
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, Tuple

from mmengine.hooks import Hook

ROOT = Path(__file__).resolve().parent.parent
# Short trainings: a config, and options that make it small.
SMALL = {
    'train_dataloader.num_workers': 0,
    'train_dataloader.persistent_workers': False,
    'randomness.seed': 0,
}
STEPS = 3
# What only names the parts of a config, and changes nothing.
PARTS = ('batch_size', 'families', 'method', 'method_hooks',
         'method_of_weights', 'preset', 'presets', 'recipe')

Rows = Iterator[Tuple[str, object]]


def digest(*tensors) -> str:
    """Hash values, shapes and types."""
    found = hashlib.sha256()
    for tensor in tensors:
        tensor = tensor.detach().cpu().contiguous()
        found.update(f'{tensor.dtype} {tuple(tensor.shape)}'.encode())
        found.update(tensor.numpy().tobytes())
    return found.hexdigest()[:16]


def flat(outputs) -> list:
    """Return the tensors of a backbone's output."""
    if hasattr(outputs, 'dtype'):
        return [outputs]
    return [tensor for part in outputs for tensor in flat(part)]


def images(size: int):
    """Return what every backbone sees."""
    import torch
    return torch.rand(2, 3, size, size, generator=torch.manual_seed(0))


def of_parameters(name: str, model) -> Rows:
    """Names, shapes, what trains and the start values."""
    yield f'{name}: names and shapes', {
        key: list(value.shape)
        for key, value in model.state_dict().items()
    }
    yield f'{name}: trained', [
        key for key, value in model.named_parameters() if value.requires_grad
    ]
    yield f'{name}: start values', digest(*model.state_dict().values())


def of_outputs(name: str, backbone, size: int) -> Rows:
    """What a backbone computes."""
    import torch
    backbone.eval()  # some hosts return nothing
    with torch.no_grad():
        yield f'{name}: outputs', digest(*flat(backbone(images(size))))


def of_step(name: str, backbone) -> Rows:
    """A step forward and backward: outputs, gradients and buffers."""
    import torch
    torch.manual_seed(1)
    backbone.train()
    outputs = flat(backbone(images(128)))
    yield f'{name}: outputs in training', digest(*outputs)
    sum(x.square().mean() for x in outputs).backward()
    yield f'{name}: gradients', {
        key: digest(value.grad)
        for key, value in backbone.named_parameters() if value.grad is not None
    }
    yield f'{name}: buffers', digest(*backbone.buffers())


def of_contracts() -> Rows:
    """Each row of the table of contracts."""
    import torch
    from mmengine.model import revert_sync_batchnorm

    from tests import backbones, prompted_backbones
    for case in backbones.CASES + prompted_backbones.CASES:
        for kind, more in (('', {}), (' awake', case.awake)):
            torch.manual_seed(0)
            model = revert_sync_batchnorm(case.build(**more))
            name = f'row {case}{kind}'
            yield from of_parameters(name, model)
            if kind or not more:
                yield from of_outputs(name, model, 128)
                yield from of_step(name, model)


def without_root(value, root: Path) -> str:
    """Write a config as text that no folder of this machine is in."""
    text = json.dumps(value, indent=1, sort_keys=True, default=repr)
    return text.replace(str(root.resolve()), '<root>')


def of_configs(root: Path) -> Rows:
    """Each config a user can name."""
    import torch
    from mmengine.config import Config
    from mmengine.model import revert_sync_batchnorm
    from mmengine.registry import MODELS, DefaultScope
    for path in sorted((root / 'configs').rglob('*.py')):
        if '_base_' in path.parts:
            continue
        name = f'config {path.relative_to(root)}'
        cfg = Config.fromfile(path)
        yield f'{name}: text', written(cfg, root)
        torch.manual_seed(0)
        with DefaultScope.overwrite_default_scope(cfg.default_scope):
            model = revert_sync_batchnorm(MODELS.build(cfg.model))
        yield from of_parameters(name, model)
        # Classifiers and their windows are made for this size.
        yield from of_outputs(name, model.backbone, 224)


def written(cfg, root: Path) -> str:
    """Hash a config, but for what only names its parts."""
    content = {k: v for k, v in cfg.to_dict().items() if k not in PARTS}
    return hashlib.sha256(without_root(content,
                                       root).encode()).hexdigest()[:16]


def all_cells() -> list:
    """Return the cells of all papers, and those on embedded data."""
    from protune_mm.reproduction import (BENCHMARKS, embedded_cells,
                                         paper_cells, prompt_cells)
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
    from protune_mm.reproduction.compose import compose
    for cell in all_cells():
        cfg = compose(cell, root / 'configs', seed=7)
        yield f'cell {cell_name(cell)}: text', written(cfg, root)


def trainings(root: Path) -> Iterator[Tuple[str, object]]:
    """Return configs of a few steps on embedded data."""
    from mmengine.config import Config

    from protune_mm.reproduction.compose import compose
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
    import torch
    from mmengine.registry import MODELS, DefaultScope
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
    from mmengine.runner import load_checkpoint

    from protune_mm.apis.runner import build_runner
    from protune_mm.datasets import make_digit_scenes
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


def write(root: Path, folder: Path, checkpoints: Path) -> None:
    """Record a checkout; to be run in a process of its own."""
    import torch

    import protune_mm
    assert Path(protune_mm.__file__).parent.parent == root, root
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True, warn_only=True)
    kinds = dict(
        rows=of_contracts(),
        configs=of_configs(root),
        cells=of_cells(root),
        trainings=of_trainings(root, folder, checkpoints))
    for kind, rows in kinds.items():
        path = folder / f'{kind}.json'
        if path.exists():
            continue
        found = {}
        for name, value in rows:
            found[name] = value
            print(f'\r{len(found)} {kind}, {name[:60]:60}', end='', flush=True)
        path.write_text(json.dumps(found, indent=1))
    print()
    # Once it is whole it is not made again.
    (folder / 'done').touch()


@contextmanager
def worktree(commit: str, place: Path) -> Iterator[Path]:
    """Check a commit out for a while."""
    git = ['git', '-C', str(ROOT), 'worktree']
    subprocess.run([*git, 'add', '--force', '--detach', place, commit],
                   check=True)
    try:
        yield place
    finally:
        subprocess.run([*git, 'remove', '--force', place], check=True)


def record(commit: str, work_dir: Path, checkpoints: Path) -> Dict:
    """Return the record of a commit, made once."""
    folder = work_dir / commit
    if not (folder / 'done').exists():
        folder.mkdir(parents=True, exist_ok=True)
        with worktree(commit, folder / 'code') as code:
            env = dict(os.environ, PYTHONPATH=str(code), OMP_NUM_THREADS='1')
            subprocess.run([
                sys.executable, '-W', 'ignore', __file__, '--write', code,
                '--work-dir', folder, '--checkpoints', checkpoints
            ],
                           check=True,
                           env=env)
    found = {}
    for path in sorted(folder.glob('*.json')):
        found.update(json.loads(path.read_text()))
    return found


def compare(before: Dict, after: Dict) -> Tuple[list, list]:
    """Return what differs, and what only the second has."""
    differences = [
        name for name, value in before.items() if after.get(name) != value
    ]
    return differences, [name for name in after if name not in before]


def main() -> int:
    """Record two commits, compare them and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('commit', nargs='?', help='what to compare with')
    parser.add_argument('--work-dir', type=Path, required=True)
    parser.add_argument('--only', action='store_true', help='record it alone')
    parser.add_argument('--write', type=Path, help=argparse.SUPPRESS)
    parser.add_argument('--checkpoints', type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.write:
        sys.path[:1] = [str(args.write)]
        write(args.write, args.work_dir, args.checkpoints)
        return 0
    commits = [
        subprocess.run(['git', '-C', ROOT, 'rev-parse', '--short', name],
                       check=True,
                       capture_output=True,
                       text=True).stdout.strip()
        for name in (args.commit, 'HEAD')
    ]
    work_dir = args.work_dir.resolve()
    before = record(commits[0], work_dir, work_dir / commits[0])
    if args.only:
        return 0
    after = record(commits[1], work_dir, work_dir / commits[0])
    differences, new = compare(before, after)
    kinds = {name.split()[0] for name in before}
    for kind in sorted(kinds):
        rows = [name for name in before if name.split()[0] == kind]
        wrong = [name for name in differences if name in rows]
        print(f'{kind:10} {len(rows):6} rows {len(wrong):6} differences')
    print(f'{commits[0]} and {commits[1]}: {len(before)} rows, '
          f'{len(differences)} differences; {len(new)} rows are new')
    for name in differences:
        print(f'  {name}: {before[name]} -> {after.get(name)}'[:300])
    return 1 if differences else 0


if __name__ == '__main__':
    sys.exit(main())
