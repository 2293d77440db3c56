"""What one forward pass has to remember, apart from those of other threads."""
import threading
from contextlib import contextmanager
from functools import partial
from typing import (Any, Callable, ContextManager, Dict, Iterator, Sequence,
                    Tuple)


class Call(threading.local):
    """State of a call of a backbone; each thread sees its own.

    A backbone has one. Copies and pickles of it start empty.
    """

    def __init__(self) -> None:
        # Whether hooks step aside, so that the stock backbone computes.
        self.stock = False
        # (H, W) of the patch tokens on their way, or that channels are last.
        self.grid: Any = None
        # (H, W) of maps, by the path of their module.
        self.sizes: Dict[str, Sequence[int]] = {}
        # Prompts on their way round the partition into windows.
        self.prompts: Any = None
        # Means over all tokens, of each output.
        self.means: list = []
        # What methods have added to the residual stream inside a block.
        self.added: Any = None

    def __reduce__(self) -> Tuple:
        return Call, ()

    def scene(self) -> Callable[[], ContextManager]:
        """Return what makes a context in which the state is as now.

        Backward runs parts of a call again, maybe in another thread.
        """
        return partial(self._as_then, dict(vars(self)))

    @contextmanager
    def _as_then(self, then: dict) -> Iterator[None]:
        now = dict(vars(self))
        vars(self).update(then)
        try:
            yield
        finally:
            vars(self).update(now)
