"""Train a model.

    python tools/train.py configs/htc_protune_r50_coco.py
"""
import argparse

from protune_mm.apis.runner import (build_runner, leave_group, load_config,
                                    make_work_dir, resume, scale_lr, use_amp)
from protune_mm.preflight import preflight
from .command_line import one_sentence_errors, parse_tool_args


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description='Train a model')
    parser.add_argument('config', help='path of a config file')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='go on from a checkpoint; without a path, from the newest one '
        'in the work directory')
    parser.add_argument(
        '--amp', action='store_true', help='automatic mixed precision')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate to the total batch size')
    return parse_tool_args(parser)


@one_sentence_errors
def main() -> None:
    """Check, build and train."""
    args = parse_args()
    cfg = load_config(args.config, args.work_dir, args.launcher,
                      args.cfg_options)
    if args.amp:
        use_amp(cfg)
    if args.auto_scale_lr:
        scale_lr(cfg)
    if args.resume or cfg.get('resume'):
        resume(cfg, args.resume or cfg.get('load_from') or 'auto')
    preflight(cfg)
    make_work_dir(cfg)
    build_runner(cfg).train()
    leave_group()
