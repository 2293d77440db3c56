"""A task in a pool for as long as Ray Serve keeps it."""
import threading
from contextlib import contextmanager
from typing import Any, Iterator

from protune_mm.apis import TaskPool


class LoadedTask:
    """A task in a pool, which leaves it when it is unloaded.

    Ray Serve unloads by calling ``__del__``, in a thread, before it loads the
    next task or this one again. Requests that have it then still get their
    answers.

    Args:
        pool (TaskPool): Where it goes.
        name (str): What it is called.
        address (str): The published folder.

    Raises:
        UserError: If it cannot be loaded.
    """

    def __init__(self, pool: TaskPool, name: str, address: str) -> None:
        self._pool, self._name = pool, name
        self._users, self._changed = 0, threading.Condition()
        self._there = False
        pool.add(name, address)
        self._there = True

    @contextmanager
    def used(self) -> Iterator[None]:
        """Keep it in the pool while this lasts."""
        with self._changed:
            self._users += 1
        try:
            yield
        finally:
            with self._changed:
                self._users -= 1
                self._changed.notify_all()

    def predict(self, path: str) -> Any:
        """Predict an image.

        Args:
            path (str): The file.

        Returns:
            The host's data sample.

        Raises:
            UserError: If it is no image.
        """
        return self._pool.predict(self._name, path)

    def __del__(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._users)
            # Python calls it once more at the end, when another may be there.
            if self._there:
                self._there = False
                self._pool.remove(self._name)
