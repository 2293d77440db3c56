"""One process a run."""
import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Iterator


class RunTaken(Exception):
    """Another process is training this run."""


@contextmanager
def run_lock(folder: str) -> Iterator[IO]:
    """Keep other processes from training the same run.

    A process that inherits the file holds the lock as well.

    Args:
        folder (str): The work directory of the run.

    Yields:
        IO: What holds the lock.

    Raises:
        RunTaken: If one is at it.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    with open(Path(folder, 'lock'), 'w') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunTaken from None
        yield file
