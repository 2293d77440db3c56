"""Make the digits-in-scenes set, laid out as COCO 2017 or ADE20K.

    python tools/make_digit_scenes.py data/digits
    python tools/make_digit_scenes.py data/digits_ade20k --layout ade20k
"""
import argparse

from protune_mm.cli import one_sentence_errors


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('root', help='folder of the set, made if absent')
    parser.add_argument(
        '--num-train',
        type=int,
        default=480,
        help='number of training images (default: %(default)s)')
    parser.add_argument(
        '--num-val',
        type=int,
        default=120,
        help='number of validation images (default: %(default)s)')
    parser.add_argument(
        '--size',
        type=int,
        default=192,
        help='side of an image in pixels (default: %(default)s)')
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        help='seed of the set (default: %(default)s)')
    parser.add_argument(
        '--coco-names',
        action='store_true',
        help='use the categories of COCO and COCO-Stuff, for configs with '
        '80 things and 183 pixel classes')
    parser.add_argument(
        '--layout',
        default='coco',
        help='coco (boxes, masks, pixel maps) or ade20k (pixel maps only); '
        'default: %(default)s')
    return parser.parse_args()


@one_sentence_errors
def main() -> None:
    """Make the set and tell where it is."""
    args = parse_args()
    from protune_mm.datasets import make_digit_scenes
    root = make_digit_scenes(**vars(args))
    print(f'{root}: {args.num_train} training and {args.num_val} validation '
          f'images of {args.size} x {args.size} px')


if __name__ == '__main__':
    main()
