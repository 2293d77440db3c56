"""Train a small pro-tuned HTC on this machine, from nothing.

    python tools/demo.py            # minutes on two CPU cores
    python tools/demo.py --compare  # beside head retraining and fine-tuning
"""
import argparse
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from mmengine.config import Config

from protune_mm.apis import add_config_args, load_config, one_sentence_errors
from protune_mm.apis.comparison import comparison_picture, comparison_table
from protune_mm.apis.detection_picture import detection_picture
from protune_mm.apis.experiment import run_experiment
from protune_mm.datasets import make_digit_scenes
from protune_mm.tuning import parameter_table

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / 'configs/demo/htc_protune_r18_digits.py'
PARADIGMS = dict(
    protune='Pro-tuning', head='head retraining', finetune='fine-tuning')
METRICS = {'coco/bbox_mAP': 'box AP', 'coco/segm_mAP': 'mask AP'}


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        '--compare',
        action='store_true',
        help='also head retraining and fine-tuning, same data and schedule')
    parser.add_argument(
        '--seeds',
        nargs='+',
        type=int,
        default=[0],
        help='one training a seed and paradigm; mean and spread are shown')
    parser.add_argument(
        '--data-root', default='data/digits', help='where the data is made')
    add_config_args(parser, work_dir='work_dirs/demo')
    return parser.parse_args()


def demo_config(args: argparse.Namespace, tuning: str, seed: int) -> Config:
    """Compose the config of one training."""
    data = f'{args.data_root}/'
    loaders = ('train_dataloader', 'val_dataloader', 'test_dataloader')
    ann_file = f'{data}annotations/instances_val2017.json'
    return load_config(
        str(CONFIG),
        work_dir=f'{args.work_dir}/{tuning}_seed{seed}',
        cfg_options={
            'model.backbone.tuning': tuning,
            'randomness.seed': seed,
            'val_evaluator.ann_file': ann_file,
            'test_evaluator.ann_file': ann_file,
            **{
                f'{loader}.dataset.data_root': data
                for loader in loaders
            },
            **(args.cfg_options or {})
        })


@one_sentence_errors
def main() -> None:
    """Make the data, train, and show numbers and a picture."""
    args = parse_args()
    print(f'Digits in scenes: {args.data_root}')
    if not Path(args.data_root).exists():
        make_digit_scenes(args.data_root)
    results = {}
    for tuning in PARADIGMS if args.compare else ['protune']:
        name = PARADIGMS[tuning]
        results[name] = [
            run_experiment(
                demo_config(args, tuning, seed), f'{name}, seed {seed}')
            for seed in args.seeds
        ]
    ours = results['Pro-tuning'][0]
    print(f"\nWhat trained and what stayed frozen (Pro-tuning):\n"
          f"{parameter_table(ours['parameters'])}\n\n"
          f'{comparison_table(results, METRICS)}\n')
    folder = Path(args.work_dir)
    with redirect_stdout(StringIO()):  # loading messages of the hosts
        picture = detection_picture(
            demo_config(args, 'protune', args.seeds[0]), ours['checkpoint'],
            folder / 'detections.png')
    print(f'Ground truth (left) and detections (right): {picture}')
    if args.compare:
        chart = comparison_picture(results, METRICS, folder / 'compare.png')
        print(f'The comparison as a picture: {chart}')
    print(f"Weights: {ours['checkpoint']}")


if __name__ == '__main__':
    main()
