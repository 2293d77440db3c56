"""Compare what ways of tuning cost: time and memory of a training step.

    python tools/benchmark.py configs/demo/htc_protune_r18_digits.py
    python tools/benchmark.py configs/upernet_protune_r50_ade20k.py --batch 2
"""
import argparse
import os
from pathlib import Path
from typing import List

import torch

from protune_mm.apis.runner import load_config, make_work_dir
from protune_mm.costs.benchmark import PARTS, Benchmark, BenchmarkRow, Setup
from protune_mm.costs.benchmark_table import NOTES, benchmark_table, write_csv
from protune_mm.costs.image_size import batch_size, image_size
from protune_mm.costs.peers import PEERS
from protune_mm.costs.step import DTYPES
from protune_mm.errors import UserError
from protune_mm.execution import fold_norms
from protune_mm.limits import check_least
from protune_mm.visualization.cost_picture import cost_picture
from .command_line import add_config_args, add_step_args, one_sentence_errors

KEPT, STEP = 'kept / fine-tuning', 'time of a step / fine-tuning'
NOT_IN = 'not implemented for'  # as torch refuses a dtype


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('config', help='path of a config file')
    add_step_args(parser)
    parser.add_argument(
        '--part',
        choices=[*PARTS, 'both'],
        default='both',
        help='what runs (default: %(default)s)')
    parser.add_argument(
        '--rounds',
        type=int,
        default=7,
        help='how often each step is timed (default: %(default)s)')
    parser.add_argument(
        '--threads', type=int, help="of a CPU (default: torch's choice)")
    parser.add_argument(
        '--device', default='cpu', help='such as cuda (default: %(default)s)')
    parser.add_argument(
        '--dtype',
        choices=list(DTYPES),
        default='float32',
        help='other than float32 is mixed precision (default: %(default)s)')
    parser.add_argument(
        '--peer', choices=PEERS, help='a package to compare with')
    add_config_args(parser)
    args = parser.parse_args()
    name = os.path.splitext(os.path.basename(args.config))[0]
    args.work_dir = args.work_dir or f'work_dirs/benchmark_{name}'
    return args


def check_device(name: str) -> None:
    """Refuse a device that is not there."""
    try:
        torch.empty(0, device=name)
    # The first is what a torch without CUDA raises.
    except (AssertionError, RuntimeError):
        raise UserError(f'--device {name} is not there: choose cpu, or a GPU '
                        'that torch can use.') from None


def draw(rows: List[BenchmarkRow], path: Path) -> Path:
    """Draw the ratios to fine-tuning."""
    parts = list(dict.fromkeys(row.part for row in rows))

    def bars(field: str) -> dict:
        return {
            part: {
                row.tuning: getattr(row, field)
                for row in rows if row.part == part
            }
            for part in parts
        }

    first = rows[0]
    floors = {}
    if first.part == 'backbone' and first.floor_bytes and first.kept_bytes:
        floors[KEPT] = first.floor_bytes / first.kept_bytes
    return cost_picture({
        KEPT: bars('kept_ratio'),
        STEP: bars('step_ratio')
    }, path, floors)


@one_sentence_errors
def main() -> None:
    """Measure, print tables, and write a file and a picture."""
    args = parse_args()
    check_least('benchmark', rounds=(args.rounds, 1))
    if args.threads is not None:
        check_least('benchmark', threads=(args.threads, 1))
        torch.set_num_threads(args.threads)
    check_device(args.device)
    cfg = load_config(args.config, args.work_dir, 'none', args.cfg_options)
    setup = Setup(
        batch_size(cfg, args.batch),
        image_size(cfg, args.size),
        args.rounds,
        device=args.device,
        dtype=args.dtype,
        parts=PARTS if args.part == 'both' else (args.part, ),
        peer=args.peer,
        heads=args.heads)
    benchmark = Benchmark(cfg, setup, fold_norms)
    make_work_dir(cfg)
    try:
        rows = benchmark.run()
    except RuntimeError as error:
        if NOT_IN not in str(error):
            raise
        raise UserError(f'--dtype {args.dtype}: {error}; choose float32, or '
                        'another --device.') from None
    report(rows, setup, Path(cfg.work_dir))


def report(rows: List[BenchmarkRow], setup: Setup, folder: Path) -> None:
    """Print and write what was found."""
    height, width = setup.size
    conditions = dict(
        images=setup.images,
        height=height,
        width=width,
        dtype=setup.dtype,
        device=setup.device,
        threads=torch.get_num_threads(),
        rounds=setup.rounds)
    print(f'A step of {setup.images} images of {height} x {width} pixels, '
          f'{setup.dtype}, {setup.device}, {conditions["threads"]} threads, '
          f'{setup.rounds} rounds:')
    for part in setup.parts:
        print(benchmark_table([row for row in rows if row.part == part]))
    print(NOTES)
    write_csv(rows, conditions, folder / 'benchmark.csv')
    print(f'Numbers: {folder / "benchmark.csv"}')
    print(f'Picture: {draw(rows, folder / "benchmark.png")}')
