"""Progress that suits a screen as well as a file."""
import sys
from typing import Any

from tqdm import tqdm

SECONDS = 10.  # between two lines in a file


def progress_bar(*args: Any, **kwargs: Any) -> tqdm:
    """Open tqdm's bar; what is no terminal gets a line every ten seconds.

    Args:
        *args: As tqdm takes them.
        **kwargs: As tqdm takes them.

    Returns:
        tqdm: The bar, on standard error.
    """
    if not sys.stderr.isatty():
        # A bar redraws its line by a carriage return, unreadable in a file.
        kwargs |= dict(mininterval=SECONDS, maxinterval=SECONDS)
    return tqdm(*args, **kwargs)
