"""What the first run of a module leaves for the second."""
import threading
from contextlib import contextmanager
from typing import Any, Callable, Iterator, List, Optional


class _Current(threading.local):
    notes: Optional['Notes'] = None


_current = _Current()


class Notes:
    """Values of the first run, in order, that the second one takes."""

    def __init__(self) -> None:
        self.values: List[Any] = []
        self.unread: Optional[Iterator[Any]] = None

    @contextmanager
    def open(self, read: bool) -> Iterator[None]:
        """Let :func:`once` write here, or read what it wrote.

        Args:
            read (bool): Whether this is a second run.
        """
        self.unread = iter(self.values) if read else None
        before, _current.notes = _current.notes, self
        try:
            yield
        finally:
            _current.notes = before


def once(make: Callable[[], Any]) -> Any:
    """Make a value, but in the second run of :func:`recompute` take the first.

    Args:
        make (Callable): Makes it.

    Returns:
        The value.
    """
    notes = _current.notes
    if notes is None:
        return make()
    if notes.unread is not None:
        return next(notes.unread)
    value = make()
    notes.values.append(value)
    return value
