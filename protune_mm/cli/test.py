"""Test a trained model.

    python tools/test.py configs/htc_protune_r50_coco.py epoch_12.pth
"""
import argparse

from protune_mm.apis.runner import (build_runner, leave_group, load_config,
                                    make_work_dir)
from protune_mm.apis.testing import (augment, draw_results, dump_results,
                                     load_trained)
from protune_mm.preflight import preflight
from .command_line import one_sentence_errors, parse_tool_args


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description='Test a trained model')
    parser.add_argument('config', help='path of a config file')
    parser.add_argument('checkpoint', help='path of a checkpoint')
    parser.add_argument('--out', help='write the predictions to this .pkl')
    parser.add_argument('--show-dir', help='draw the predictions here')
    parser.add_argument(
        '--tta',
        action='store_true',
        help='test on flipped copies too (or as tta_model and tta_pipeline '
        'of the config say) and merge the predictions')
    parser.add_argument(
        '--fold-norms',
        action='store_true',
        help='fold batch norms into the convolutions before them')
    return parse_tool_args(parser)


@one_sentence_errors
def main() -> None:
    """Check, build and test."""
    args = parse_args()
    cfg = load_config(args.config, args.work_dir, args.launcher,
                      args.cfg_options)
    load_trained(cfg, args.checkpoint)
    preflight(cfg, loaders=('test_dataloader', ), weights=False)
    if args.show_dir:
        draw_results(cfg, args.show_dir)
    if args.out:
        dump_results(cfg, args.out)
    if args.tta:
        augment(cfg)
    if args.fold_norms:
        fold = dict(type='FoldNormsHook')
        cfg.custom_hooks = [*(cfg.get('custom_hooks') or []), fold]
    make_work_dir(cfg)
    build_runner(cfg).test()
    leave_group()
