"""Write a trained classifier or segmentor as a file for onnxruntime.

    python tools/export.py configs/upernet_protune_r50_ade20k.py iter_80000.pth
"""
import argparse
from pathlib import Path
from typing import List, Optional, Union

import torch

from protune_mm.apis.runner import load_config
from protune_mm.atomic_backend import write_whole
from protune_mm.costs.image_size import Size, image_size
from protune_mm.costs.text_table import draw, megabytes
from protune_mm.errors import UserError
from protune_mm.export.latency import Latency, compare_latency
from protune_mm.export.onnx_file import (FIXED, INPUT, OPSET, Exported,
                                         export_onnx, require_packages)
from protune_mm.export.trained import load_model, refuse_detectors, stock_model
from protune_mm.limits import check_least
from protune_mm.preflight.config_parts import host_of
from protune_mm.tuning.checkpoint_file import TRUSTED
from .command_line import add_config_args, add_trust_arg, one_sentence_errors

WEIGHTS = ('.pth', '.pt', '.safetensors')  # endings that .onnx replaces


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('config', help='path of a config file')
    parser.add_argument('checkpoint', help='path of a checkpoint')
    parser.add_argument(
        '--format',
        choices=['onnx'],
        default='onnx',
        help='of the file (default: %(default)s)')
    parser.add_argument(
        '--out', help="file to write (default: the checkpoint's, .onnx)")
    parser.add_argument(
        '--size',
        nargs=2,
        type=int,
        metavar=('HEIGHT', 'WIDTH'),
        help="size of images (default: that of the config's tests)")
    parser.add_argument(
        '--tolerance',
        type=float,
        default=1e-4,
        help='largest difference from PyTorch (default: %(default)s)')
    parser.add_argument(
        '--rounds',
        type=int,
        default=10,
        help='how often an image is timed, 0 for not at all (default: '
        '%(default)s)')
    add_config_args(parser)
    add_trust_arg(parser)
    args = parser.parse_args()
    TRUSTED.set(args.trust_checkpoint)
    return args


def place_of(args: argparse.Namespace) -> Path:
    """Return the path of the file to write, seen that it can be."""
    given = args.checkpoint.rstrip('/')
    # Of a URL the name, in the folder where one is.
    given = Path(given.split('/')[-1] if '://' in given else given).resolve()
    # A published task may have a dot in its name.
    name = given.stem if given.suffix in WEIGHTS else given.name
    path = Path(args.out) if args.out else given.with_name(f'{name}.onnx')
    if path.suffix != '.onnx':
        raise UserError(f'--out {path} must end in .onnx.')
    if not path.parent.is_dir():
        raise UserError(f'--out {path}: there is no folder {path.parent}; '
                        'make it, or choose another.')
    return path


def _shape(*axes: Union[int, str]) -> str:
    return ' x '.join(map(str, axes))


def shape_table(exported: Exported, size: Size) -> str:
    """Draw what goes in and what comes out, and how it was checked."""
    model, fixed = exported.model, exported.sizes == FIXED
    with torch.no_grad():
        classes = model(torch.zeros(1, 3, *size)).shape[1]
    edges = size if fixed else ('height', 'width')
    inside = 'batch' if fixed else 'batch, height, width'
    out = [_shape('batch', classes, *edges * model.scales)]
    out.append(inside if model.scales else 'batch')
    axes = draw(
        ['name', 'shape', 'dynamic axes'],
        [[INPUT, _shape('batch', 3, *edges), inside], [model.output, *out]])
    words = f'{exported.sizes}.'
    if fixed:
        words = (f'{_shape(*size)} only, as this network computes others in '
                 'ways that a file cannot hold.')
    checks = draw(['largest difference from PyTorch', 'absolute', 'relative'],
                  [[
                      _shape(one.images, 3, *one.size),
                      f'{one.difference:.1e}', f'{one.relative:.1e}'
                  ] for one in exported.checks])
    return f'{axes}\nHeight and width: {words}\n{checks}'


def _ratio(value: Optional[float]) -> str:
    return '-' if value is None else f'{value:.2f}'


def latency_table(rows: List[Latency]) -> str:
    """Draw what an image takes."""
    return draw(['an image', 'ms', '× PyTorch', '× stock'], [[
        row.name, f'{1000 * row.seconds:.1f}',
        _ratio(row.to_pytorch),
        _ratio(row.to_stock)
    ] for row in rows])


@one_sentence_errors
def main() -> None:
    """Load, export, check, write and time."""
    args = parse_args()
    check_least(
        'export', rounds=(args.rounds, 0), tolerance=(args.tolerance, 0.))
    path = place_of(args)
    cfg = load_config(args.config, args.work_dir, 'none', args.cfg_options)
    refuse_detectors(cfg)
    require_packages()
    size = image_size(cfg, args.size, 'test_dataloader')
    model = load_model(cfg, args.checkpoint)
    if host_of(cfg) == 'mmseg' and model.test_cfg.get('mode') == 'slide':
        print("The config tests in mode 'slide'; the file takes images whole.")
    exported = export_onnx(model, size, args.tolerance)
    write_whole(path, exported.content)
    print(f'{path}: {megabytes(len(exported.content))} MB, ONNX opset {OPSET}')
    print(shape_table(exported, size), flush=True)
    if args.rounds:
        rows = compare_latency(exported, model, stock_model(cfg, model), size,
                               args.rounds)
        print(f'Medians of {args.rounds} rounds, one image of {size[0]} x '
              f'{size[1]}, {torch.get_num_threads()} threads:')
        print(latency_table(rows))
