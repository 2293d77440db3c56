"""Pre-train a backbone of the demo on letters and keep its weights.

    python tools/pretrain_demo_backbone.py
    python tools/pretrain_demo_backbone.py configs/demo/vit_slim_letters.py

Trains configs/demo/resnet18_slim_letters.py (about 10 minutes on two CPU
cores), or the slim ViT (40 minutes on one), and writes the backbone alone
beside the config, such as configs/demo/resnet18_slim_letters.pth.
"""
import argparse
import os
from pathlib import Path

import torch

from protune_mm.apis import load_config
from protune_mm.apis.experiment import run_experiment
from protune_mm.cli import add_config_args, one_sentence_errors
from protune_mm.tuning import read_checkpoint

CONFIG = (
    Path(__file__).resolve().parent.parent /
    'configs/demo/resnet18_slim_letters.py')


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        'config',
        nargs='?',
        type=Path,
        default=CONFIG,
        help='what to train (default: the slim ResNet-18)')
    parser.add_argument(
        '--out',
        help='where the weights of the backbone go (default: beside the '
        'config)')
    add_config_args(parser)
    args = parser.parse_args()
    args.out = args.out or str(args.config.with_suffix('.pth'))
    args.work_dir = args.work_dir or f'work_dirs/{args.config.stem}'
    return args


@one_sentence_errors
def main() -> None:
    """Train, cut the backbone out, save."""
    args = parse_args()
    result = run_experiment(
        load_config(
            str(args.config), args.work_dir, cfg_options=args.cfg_options),
        'pre-training')
    prefix = 'backbone.'
    state = read_checkpoint(result['checkpoint'])['state_dict']
    weights = {
        name[len(prefix):]: value
        for name, value in state.items() if name.startswith(prefix)
    }
    # A file that is there is complete.
    torch.save(dict(state_dict=weights), f'{args.out}.part')
    os.replace(f'{args.out}.part', args.out)
    print(f"{args.out}: {os.path.getsize(args.out) / 1e6:.1f} MB, letters "
          f"named {result['metrics']['accuracy/top1']:.1f} % right")


if __name__ == '__main__':
    main()
