"""Tell what a training will need, in seconds and without its data.

    python tools/preflight.py configs/htc_protune_r50_coco.py --budget 8GiB
"""
import argparse
from typing import Dict

import torch
from mmengine.config import Config

from protune_mm.apis.runner import load_config
from protune_mm.costs.arms import Arm, arms_of, build_arm, own_arm
from protune_mm.costs.image_size import Size, batch_size, image_size
from protune_mm.costs.prediction import predict
from protune_mm.costs.preflight_table import Measured, advice, prediction_table
from protune_mm.costs.step import Step, count_step, growth
from protune_mm.costs.synthetic import full_sampling, synthetic_batch
from protune_mm.costs.units import parse_bytes
from protune_mm.progress import progress_bar
from protune_mm.tuning import parameter_rows, parameter_table
from .command_line import add_config_args, add_step_args, one_sentence_errors


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('config', help='path of a config file')
    add_step_args(parser)
    parser.add_argument(
        '--budget',
        help='memory that there is, such as 8GiB: say what fits into it')
    parser.add_argument(
        '--measure',
        nargs='?',
        const='config',
        choices=['config', 'all'],
        help="also run a step at full size, the config's or of all ways")
    add_config_args(parser)
    return parser.parse_args()


def measure(cfg: Config, arm: Arm, images: int, size: Size) -> Measured:
    """Run a step at full size."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = build_arm(cfg, arm)
        step = Step(model, synthetic_batch(cfg, model, images, size))
        with full_sampling(model):
            grows = growth(step)
            return Measured(count_step(step).kept, grows)


def measure_arms(cfg: Config, arms: list, images: int,
                 size: Size) -> Dict[Arm, Measured]:
    """Run a step at full size of each way."""
    return {
        arm: measure(cfg, arm, images, size)
        for arm in progress_bar(arms, desc='full size', unit='way')
    }


@one_sentence_errors
def main() -> None:
    """Build, measure small steps and print tables."""
    args = parse_args()
    budget = parse_bytes(args.budget) if args.budget else None
    cfg = load_config(args.config, args.work_dir, 'none', args.cfg_options)
    size, images = image_size(cfg, args.size), batch_size(cfg, args.batch)
    model = build_arm(cfg)
    own, arms = own_arm(cfg, args.heads), arms_of(cfg, args.heads)
    print(parameter_table(parameter_rows(model)), flush=True)
    foretold = predict(cfg, model, arms, size)
    wanted = dict(config=[own], all=arms).get(args.measure)
    measured = measure_arms(cfg, wanted, images, size) if wanted else {}
    print(f'\nA step of {images} images of {size[0]} x {size[1]} pixels, '
          'float32:')
    print(prediction_table(foretold, own, images, measured, budget))
    if budget:
        print(advice(foretold, own, images, budget, args.budget))
