"""Run a table or figure of the paper, and print its numbers beside ours.

    python tools/reproduce.py table2 --backbone resnet50 --dataset pets
    python tools/reproduce.py table8 --data embedded   # nothing to download
    python tools/reproduce.py figure3 --dry-run        # only show what it runs

Can be stopped and started again: what is done stays done.
"""
import argparse
import signal
import sys
from pathlib import Path

from mmengine.config import DictAction

from protune_mm.apis import one_sentence_errors
from protune_mm.errors import UserError
from protune_mm.reproduction import (collect, draw, embedded_cells, execute,
                                     options_tag, overview, paper_cells, plan,
                                     prepare_embedded, select, to_csv,
                                     to_markdown, without_paper)

CONFIGS = Path(__file__).resolve().parent.parent / 'configs'
TARGETS = ['figure1', *(f'table{i}' for i in range(2, 13)), 'figure3']
NOTE = ('Embedded digits and slim backbones stand for the data and backbones '
        'of the paper, whose numbers are of its own data. They show that all '
        'runs, and say nothing about the paper.')


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('target', choices=TARGETS, metavar='TABLE')
    for name in ('backbone', 'method', 'dataset'):
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
        '--dry-run', action='store_true', help='show the runs, train nothing')
    parser.add_argument(
        '--work-dir',
        default='work_dirs/reproduce',
        help='where runs, tables and pictures go (default: %(default)s)')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override settings of every config, key=value')
    args = parser.parse_args()
    if args.seeds < 1:
        raise UserError(f'--seeds {args.seeds} must be at least 1.')
    return args


def place(args: argparse.Namespace) -> Path:
    """Name the files of what was asked for, without their suffix."""
    parts = [args.backbone, args.method, args.dataset]
    names = ['+'.join(part) for part in parts if part]
    return Path(args.work_dir, options_tag(args.cfg_options),
                '_'.join([args.target, args.data, *names]))


@one_sentence_errors
def main() -> None:
    """Plan, run, collect, print; status 1 if a run failed."""
    # As Ctrl-C: what is being trained is stopped too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    args = parse_args()
    table = args.target.removeprefix('table')
    cells = paper_cells(table)
    if args.data == 'embedded':
        cells = embedded_cells(cells)
    cells = select(
        cells,
        backbone=args.backbone,
        method=args.method,
        dataset=args.dataset)
    runs = plan(cells, args.seeds, CONFIGS, args.work_dir, args.cfg_options)
    print(overview(runs, CONFIGS, full=args.dry_run))
    if args.dry_run:
        return
    if args.data == 'embedded':
        prepare_embedded(cells)
    path = place(args)
    path.parent.mkdir(parents=True, exist_ok=True)

    def text(outcomes):
        note = f'\n{NOTE}\n' if args.data == 'embedded' else ''
        return f'{to_markdown(outcomes)}\n{note}'

    def write(errors):
        outcomes = collect(runs, errors)
        path.with_suffix('.md').write_text(text(outcomes))
        path.with_suffix('.csv').write_text(to_csv(outcomes) + '\n')
        return outcomes

    errors = execute(runs, args.gpus, after=write)
    outcomes = write(errors)
    print(f'\n{text(outcomes)}')
    if args.data == 'embedded':
        outcomes = without_paper(outcomes)
    picture = draw(table, outcomes, path.with_suffix('.png'))
    print(*filter(None, (f'{path}.md', f'{path}.csv', picture)), sep='\n')
    if errors:
        sys.exit(1)


if __name__ == '__main__':
    main()
