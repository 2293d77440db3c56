"""Divide Caltech-101 into training and test images.

    python tools/dataset_converters/caltech101_split.py data/caltech-101
"""
import argparse

from protune_mm.cli import one_sentence_errors


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        'data_root', help='folder that holds 101_ObjectCategories')
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        help='seed of the draw (default: %(default)s)')
    parser.add_argument(
        '--num-train',
        type=int,
        default=30,
        help='number of training images a class (default: %(default)s)')
    return parser.parse_args()


@one_sentence_errors
def main() -> None:
    """Write the lists and tell where they are."""
    args = parse_args()
    from protune_mm.datasets.published.caltech101_split import split_caltech101
    sizes = split_caltech101(**vars(args))
    print(f'{args.data_root}/meta: {sizes["train"]} training and '
          f'{sizes["test"]} test images')


if __name__ == '__main__':
    main()
