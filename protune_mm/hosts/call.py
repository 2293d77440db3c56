"""What one forward pass has to remember, apart from those of other threads."""
import threading
from typing import Any, Optional, Sequence, Tuple


class Call(threading.local):
    """State of a call of a backbone; each thread sees its own.

    A backbone has one. Copies and pickles of it start empty.
    """

    def __init__(self) -> None:
        # Whether hooks step aside, so that the stock backbone computes.
        self.stock = False
        # (H, W) of the patch tokens on their way.
        self.grid: Optional[Sequence[int]] = None
        # Prompts on their way round the partition into windows.
        self.prompts: Any = None
        # Means over all tokens, of each output.
        self.means: list = []

    def __reduce__(self) -> Tuple:
        return Call, ()
