"""Make the set of tree crowns, laid out as COCO 2017 or ADE20K.

    pip install --no-deps deepforest==2.1.0
    python tools/make_tree_crowns.py data/trees
    python tools/make_tree_crowns.py data/trees_ade20k --layout ade20k
"""
import argparse

from protune_mm.cli import one_sentence_errors


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('root', help='folder of the set, made if absent')
    parser.add_argument(
        '--layout',
        default='coco',
        help='coco (boxes of trees) or ade20k (maps of ground and tree); '
        'default: %(default)s')
    parser.add_argument(
        '--size',
        type=int,
        default=192,
        help='side of a tile in pixels (default: %(default)s)')
    return parser.parse_args()


@one_sentence_errors
def main() -> None:
    """Make the set and tell where it is."""
    args = parse_args()
    from protune_mm.datasets import make_tree_crowns
    root = make_tree_crowns(**vars(args))
    tiles = len(list(root.rglob('*.jpg')))
    print(f'{root}: {tiles} tiles of {args.size} x {args.size} px')


if __name__ == '__main__':
    main()
