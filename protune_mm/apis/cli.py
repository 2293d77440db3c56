"""Errors of the command-line tools."""
import functools
import sys
from typing import Callable

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
