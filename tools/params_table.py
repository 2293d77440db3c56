"""Count the parameters that train, beside the cells of the paper's tables.

    python tools/params_table.py --table 6 7 --format csv > params.csv
    python tools/params_table.py --tokens   # VPT and Self-Prompt Tuning
    python tools/params_table.py --methods  # all methods, three backbones
"""
import argparse
import sys
from pathlib import Path

from protune_mm.cli import one_sentence_errors
from protune_mm.reproduction import method_counts, token_counts
from protune_mm.reproduction.params_table import (count_cells, counted_cells,
                                                  counts_csv, counts_json,
                                                  counts_markdown)

CONFIGS = Path(__file__).resolve().parent.parent / 'configs'
FORMATS = dict(md=counts_markdown, csv=counts_csv, json=counts_json)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        '--table',
        nargs='+',
        metavar='N',
        help="numbers of the paper's tables (default: all there are)")
    parser.add_argument(
        '--format',
        choices=list(FORMATS),
        default='md',
        help='how to print (default: %(default)s)')
    parser.add_argument(
        '--tokens',
        action='store_true',
        help='count prompt tokens (VPT, SPT) instead, beside their formulas')
    parser.add_argument(
        '--methods',
        action='store_true',
        help='count every method on ViT-B, Swin-B and ResNet-50 instead, '
        'beside their formulas')
    return parser.parse_args()


@one_sentence_errors
def main() -> None:
    """Build, count and print; status 1 if a count differs from the paper."""
    args = parse_args()
    if args.tokens:
        print(token_counts.tokens_markdown(token_counts.count_tokens()))
        return
    if args.methods:
        rows = method_counts.count_methods()
        print(method_counts.methods_markdown(rows))
        sys.exit(any(row.formula != row.count for row in rows))
    cells = count_cells(counted_cells(args.table), CONFIGS)
    print(FORMATS[args.format](cells))
    if any(cell.agreement == 'different' for cell in cells):
        sys.exit(1)


if __name__ == '__main__':
    main()
