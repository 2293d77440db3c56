"""What the command-line tools have in common."""
import argparse
import ctypes
import errno
import functools
import os
import re
import signal
import sys
from importlib.util import find_spec
from typing import Callable, Optional

from protune_mm.errors import ONE_VALUE, UserError
from protune_mm.execution import MEMORY
from protune_mm.tuning.checkpoint_file import TRUSTED
from .config_action import ConfigAction

PR_SET_PDEATHSIG = 1  # of Linux's prctl.h
# As mmengine's registries say that they lack a type.
NOT_REGISTERED = re.compile(r'([\w.]+) is not in the ([\w: ]+) registry')
# As mmengine says that a host is not there.
NOT_INSTALLED = re.compile(r'(\w+) is not installed')
# What the system refuses through no fault of the code, and the remedy.
SYSTEM_REFUSALS = {
    errno.ENOSPC: 'make room on the disk',
    errno.EDQUOT: 'make room in the quota',
    errno.EISDIR: 'name a file, not a folder',
    errno.ENOTDIR: 'choose a folder that is one',
    errno.ENAMETOOLONG: 'choose a shorter name',
    errno.EROFS: 'choose a folder that can be written to',
    errno.EACCES: 'ask for the right to it or choose another folder',
    errno.EPERM: 'ask for the right to it or choose another folder',
}


def _missing_library(error: Optional[BaseException]) -> str:
    """Return what an import did not find, '' if there is another reason."""
    while error and not isinstance(error, ModuleNotFoundError):
        error = error.__cause__ or error.__context__
    if not error:
        return ''
    said = NOT_INSTALLED.match(str(error))
    library = said[1] if said else (error.name or '').split('.')[0]
    return '' if library and find_spec(library) else library


def _sentence(error: Exception) -> str:
    """Say what a user can mend; '' of what has another reason."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and error.errno in SYSTEM_REFUSALS:
        where = error.filename or 'a file'
        return (f'{where} could not be written or read ({error.strerror}): '
                f'{SYSTEM_REFUSALS[error.errno]}, and start again; what had '
                'been saved is still there.')
    # As torch says it.
    if isinstance(error, ValueError) and ONE_VALUE in str(error):
        return ('A batch norm saw one value a channel, of a batch of one '
                'small image, such as the last batch of an epoch: add '
                '--cfg-options train_dataloader.drop_last=True, or choose '
                'another batch_size; what had been saved is still there.')
    unknown = NOT_REGISTERED.search(str(error))
    if isinstance(error, KeyError) and unknown:
        return (f'There is no {unknown[2].split(":")[-1]} called '
                f'{unknown[1]}: look at its spelling, or name the module that '
                'registers it in custom_imports.')
    library = isinstance(error, ImportError) and _missing_library(error)
    if library:
        return (f'{library}, which this config needs, is not installed: '
                'install it with pip, or put its folder into PYTHONPATH if '
                'it is your own.')
    return ''


def one_sentence_errors(main: Callable) -> Callable:
    """Decorate a tool's ``main`` to print user errors without a stack trace.

    Args:
        main (Callable): The tool; a :class:`UserError` of it, what the
            system refuses (a full disk, a folder it may not write to), or a
            library that is not installed, is printed as one line on standard
            error and ends the process with status 2; so does Ctrl-C, with
            status 130.

    Returns:
        Callable: The decorated function.
    """

    @functools.wraps(main)
    def wrapped(*args, **kwargs):
        try:
            return main(*args, **kwargs)
        except KeyboardInterrupt:
            # On a line of its own: an open progress bar has not ended its.
            print(
                '\nstopped: what had been saved is still there.',
                file=sys.stderr)
            sys.exit(130)
        except Exception as error:
            sentence = _sentence(error)
            if not sentence:
                raise
            print(f'error: {sentence}', file=sys.stderr)
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
        action=ConfigAction,
        help='override settings of the config, key=value')


def add_step_args(parser: argparse.ArgumentParser) -> None:
    """Add what says which step of training a tool measures.

    Args:
        parser (argparse.ArgumentParser): A tool's, extended in place.
    """
    parser.add_argument(
        '--batch', type=int, help="images of a step (default: the config's)")
    parser.add_argument(
        '--size',
        nargs=2,
        type=int,
        metavar=('HEIGHT', 'WIDTH'),
        help="size of images (default: the config's largest)")
    parser.add_argument(
        '--heads',
        choices=MEMORY,
        help='what neck and heads keep with Pro-tuning (default: as '
        "LeanHeadsHook of the config says, else 'plain')")


def add_trust_arg(parser: argparse.ArgumentParser) -> None:
    """Add ``--trust-checkpoint``, for a tool to set ``TRUSTED`` by.

    Args:
        parser (argparse.ArgumentParser): A tool's, extended in place.
    """
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='let checkpoints run what they ask for; only for files of your '
        'own that are refused otherwise')


def _end_with_torchrun() -> None:
    """Ask Linux to end this process when torchrun is killed.

    A torchrun that gets SIGKILL cannot end its workers itself.
    """
    if sys.platform == 'linux':
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def parse_tool_args(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Read a command line with the flags every OpenMMLab tool has.

    Args:
        parser (argparse.ArgumentParser): Holds the flags of one tool.

    Returns:
        argparse.Namespace: Those and ``work_dir``, ``cfg_options``,
        ``launcher`` and ``trust_checkpoint``.
    """
    add_config_args(parser)
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher')
    parser.add_argument(
        '--skip-checks',
        action='store_true',
        help='do not look at the data before (docs/good_to_know.md)')
    add_trust_arg(parser)
    # torchrun and older launchers each pass the rank in their own spelling.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    args = parser.parse_args()
    TRUSTED.set(args.trust_checkpoint)
    if args.skip_checks:
        args.cfg_options = {**(args.cfg_options or {}), 'skip_checks': True}
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    if 'TORCHELASTIC_RUN_ID' in os.environ:
        _end_with_torchrun()
    return args
