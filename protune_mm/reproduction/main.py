"""Run a table or figure of a paper, and print its numbers beside ours.

    python tools/reproduce.py table2 --backbone resnet50 --dataset pets
    python tools/reproduce.py table8 --data embedded   # nothing to download
    python tools/reproduce.py figure3 --dry-run        # only show what it runs
    python tools/reproduce.py fgvc --backbone vit_base_mae --sweep
    python tools/reproduce.py vtab --method spt-deep --dataset vtab_svhn
    python tools/reproduce.py methods --data embedded --jobs 2
    python tools/reproduce.py paradigms --data embedded --jobs 2

Tables and figures are those of Pro-tuning; fgvc and vtab are the benchmarks
of Visual Prompt Tuning and Self-Prompt Tuning; methods sets all methods side
by side, paradigms Pro-tuning, head retraining and fine-tuning on real
weights, each at the best rate of one grid. Seeds count from 0, those of
VTAB-1k too, for which VPT takes 42, 44, 82, 100 and 800.

Can be stopped and started again: what is done stays done. Without a checkout,
the tool is called protune-reproduce.
"""
import argparse
import signal
import sys
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

from protune_mm.atomic_backend import write_whole
from protune_mm.cli import one_sentence_errors
from protune_mm.cli.config_action import ConfigAction
from protune_mm.errors import UserError
from protune_mm.files import CONFIGS
from .campaign import Run, collect, execute, options_tag, overview, plan
from .cells import Cell, Outcome, paper_cells, select
from .embedded import embedded_cells, prepare_embedded, without_paper
from .loss_curves import draw_losses, loss_curves, loss_table
from .method_cells import METHODS, method_cells
from .paradigm_cells import PARADIGMS, paradigm_cells
from .plots import draw
from .prompt_cells import BENCHMARKS, prompt_cells
from .results_table import to_csv, to_markdown
from .studies import STUDIES
from .study import NOTE, Study, estimate, with_ending
from .sweep import Trial, choose, has_sweep, plan_chosen, plan_sweep

TARGETS = [
    'figure1', *(f'table{i}' for i in range(2, 13)), 'figure3', *BENCHMARKS,
    *STUDIES
]
# Of what was asked for, in a file's name.
LONG_NAME = 150


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('target', choices=TARGETS, metavar='TABLE')
    for name in ('backbone', 'method', 'setting', 'dataset'):
        parser.add_argument(
            f'--{name}', nargs='+', help=f'only these {name}s (default: all)')
    parser.add_argument(
        '--seeds',
        type=int,
        default=3,
        help='trainings of each cell (default: %(default)s)')
    parser.add_argument(
        '--data',
        choices=['paper', 'embedded'],
        default='paper',
        help='the data sets of the paper in data/, or digits that need no '
        'download, with a slim backbone')
    parser.add_argument(
        '--gpus',
        type=int,
        default=1,
        help='GPUs of each training, by tools/dist_train.sh')
    parser.add_argument(
        '--jobs',
        type=int,
        default=1,
        help='trainings at the same time, which share the cores')
    parser.add_argument(
        '--dry-run', action='store_true', help='show the runs, train nothing')
    parser.add_argument(
        '--work-dir',
        default='work_dirs/reproduce',
        help='where runs, tables and pictures go (default: %(default)s)')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=ConfigAction,
        help='override settings of every config, key=value')
    return parser


def add_sweep_args(parser: argparse.ArgumentParser) -> None:
    """Describe the options of a sweep."""
    parser.add_argument(
        '--sweep',
        action='store_true',
        help='choose learning rate and weight decay of vpt methods for each '
        'data set first, on a part of its training set')
    for name, what in (('lr', 'learning rates'), ('wd', 'weight decays')):
        parser.add_argument(
            f'--sweep-{name}',
            nargs='+',
            type=float,
            help=f'{what} to choose from (default: those published)')


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = make_parser()
    add_sweep_args(parser)
    args = parser.parse_args()
    if args.seeds < 1:
        raise UserError(f'--seeds {args.seeds} must be at least 1.')
    if args.jobs < 1:
        raise UserError(f'--jobs {args.jobs} must be at least 1.')
    if args.jobs > 1 and args.gpus > 1:
        raise UserError('--jobs is for trainings of one process each: leave '
                        'out --jobs or --gpus.')
    if args.target == PARADIGMS and args.data != 'embedded':
        raise UserError(f'{PARADIGMS} are compared on data that need no '
                        'download: add --data embedded.')
    if args.target in STUDIES:  # the rate of each method is always chosen
        args.sweep = args.data == 'embedded'
    if not args.sweep and (args.sweep_lr or args.sweep_wd):
        raise UserError('--sweep-lr and --sweep-wd need --sweep.')
    return args


def find_cells(args: argparse.Namespace) -> List[Cell]:
    """Return the cells that were asked for."""
    table = args.target.removeprefix('table')
    if table == METHODS:
        cells = method_cells(args.data == 'embedded')
    elif table == PARADIGMS:
        cells = paradigm_cells()
    else:
        find = prompt_cells if table in BENCHMARKS else paper_cells
        cells = find(table)
        if args.data == 'embedded':
            cells = embedded_cells(cells)
    cells = select(
        cells,
        backbone=args.backbone,
        method=args.method,
        setting=args.setting,
        dataset=args.dataset)
    if args.sweep and not any(map(has_sweep, cells)):
        raise UserError('--sweep is for the methods vpt-shallow and vpt-deep '
                        f'of {" and ".join(BENCHMARKS)}: choose them or '
                        'leave it out.')
    return cells


def place(args: argparse.Namespace) -> Path:
    """Name the files of what was asked for, without their suffix."""
    parts = [args.backbone, args.method, args.setting, args.dataset]
    names = ['+'.join(part) for part in parts if part]
    data = args.data + '_swept' * (args.sweep and args.target not in STUDIES)
    name = '_'.join([args.target, data, *names])
    if len(name) > LONG_NAME:  # a file system takes 255
        name = f'{name[:LONG_NAME]}_{sha256(name.encode()).hexdigest()[:8]}'
    return Path(args.work_dir, options_tag(args.cfg_options), name)


def sweep(trials: Sequence[Trial], gpus: int, jobs: int,
          path: Path) -> Tuple[Dict[Cell, Trial], Dict[Cell, str]]:
    """Train the trials, if any, and choose; a table holds all results."""
    if not trials:
        return {}, {}
    runs = [trial.run for trial in trials]

    def write(errors):
        outcomes = collect(runs, errors)
        write_whole(path, f'{to_csv(outcomes)}\n'.encode())
        return outcomes

    best, errors = choose(trials, write(execute(runs, gpus, write, jobs)))
    for cell, trial in best.items():
        print(f'Best of {cell.backbone}, {cell.method}, {cell.dataset}: '
              f'{trial.run.cell.setting}')
    print(path)
    return best, errors


def report(args: argparse.Namespace, outcomes: Sequence[Outcome],
           path: Path) -> str:
    """Write the tables of results; return the text of one."""
    note = f'\n{NOTE}\n' if args.data == 'embedded' else ''
    text = f'{to_markdown(outcomes)}\n{note}'
    write_whole(with_ending(path, '.md'), text.encode())
    write_whole(with_ending(path, '.csv'), f'{to_csv(outcomes)}\n'.encode())
    return text


def finish(args: argparse.Namespace, runs: Sequence[Run],
           outcomes: Sequence[Outcome], path: Path) -> None:
    """Write and print all there is, tables and pictures."""
    text = report(args, outcomes, path)
    curves = loss_curves(runs)
    if curves:
        text += f'\n{loss_table(curves)}\n'
        write_whole(with_ending(path, '.md'), text.encode())
    print(f'\n{text}')
    if args.data == 'embedded':
        outcomes = without_paper(outcomes)
    table = args.target.removeprefix('table')
    pictures = (draw(table, outcomes, with_ending(path, '.png')),
                draw_losses(curves, with_ending(path, '_loss.png')))
    print(*filter(None, (f'{path}.md', f'{path}.csv', *pictures)), sep='\n')


@one_sentence_errors
def main() -> None:
    """Plan, run, collect, print; status 1 if a run failed."""
    # As Ctrl-C: what is being trained is stopped too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    args = parse_args()
    cells = find_cells(args)
    swept = [cell for cell in cells if args.sweep and has_sweep(cell)]
    where = (CONFIGS, args.work_dir, args.cfg_options)
    trials = plan_sweep(swept, *where, args.sweep_lr, args.sweep_wd)
    runs = plan([c for c in cells if c not in swept], args.seeds, *where)
    planned = [*(trial.run for trial in trials), *runs]
    print(overview(planned, CONFIGS, full=args.dry_run))
    if swept:
        print(f'Then {args.seeds * len(swept)} with what the sweep chooses.')
    if args.target in STUDIES and swept:
        print(estimate(planned, swept, args.seeds, args.jobs))
    if args.dry_run:
        return
    if args.data == 'embedded':
        prepare_embedded(cells)
    path = place(args)
    path.parent.mkdir(parents=True, exist_ok=True)
    best, failed = sweep(trials, args.gpus, args.jobs,
                         with_ending(path, '_trials.csv'))
    runs += plan_chosen(best, args.seeds, *where)

    def gather(errors):
        outcomes = collect(runs, errors)
        outcomes += [Outcome(cell, error=failed[cell]) for cell in failed]
        return sorted(outcomes, key=lambda x: cells.index(x.cell))

    study = Study(args.target, runs, best, path, args.data == 'embedded')
    write = study.write if args.target in STUDIES else partial(
        report, args, path=path)
    errors = execute(runs, args.gpus, lambda errors: write(gather(errors)),
                     args.jobs)
    if args.target in STUDIES:
        study.finish(gather(errors), trials)
    else:
        finish(args, runs, gather(errors), path)
    if errors or failed:
        sys.exit(1)
