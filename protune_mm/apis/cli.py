"""What the command-line tools have in common."""
import argparse
import functools
import os
import sys
from typing import Callable, Optional

from mmengine.config import DictAction

from protune_mm.errors import UserError


def one_sentence_errors(main: Callable) -> Callable:
    """Decorate a tool's ``main`` to print user errors without a stack trace.

    Args:
        main (Callable): The tool; a :class:`UserError` of it is printed as
            one line on standard error and ends the process with status 2.

    Returns:
        Callable: The decorated function.
    """

    @functools.wraps(main)
    def wrapped(*args, **kwargs):
        try:
            return main(*args, **kwargs)
        except UserError as error:
            print(f'error: {error}', file=sys.stderr)
            sys.exit(2)

    return wrapped


def add_config_args(parser: argparse.ArgumentParser,
                    work_dir: Optional[str] = None) -> None:
    """Add ``--work-dir`` and ``--cfg-options``.

    Args:
        parser (argparse.ArgumentParser): A tool's, extended in place.
        work_dir (str, optional): Default of ``--work-dir``. Default: None.
    """
    parser.add_argument(
        '--work-dir', default=work_dir, help='where logs and results go')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override settings of the config, key=value')


def parse_tool_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Read a command line with the flags every OpenMMLab tool has.

    Args:
        parser (argparse.ArgumentParser): Holds the flags of one tool.

    Returns:
        argparse.Namespace: Those and ``work_dir``, ``cfg_options`` and
        ``launcher``.
    """
    add_config_args(parser)
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher')
    # torchrun and older launchers each pass the rank in their own spelling.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    args = parser.parse_args()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args
