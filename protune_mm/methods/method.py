"""What a tuning method is."""
from typing import Sequence

from protune_mm.hosts import Sites


class Method:
    """Adds new modules to a frozen backbone, through its sites.

    A subclass keeps its arguments, and adds and hooks in its modules in
    :meth:`insert`. What it added trains, is reported apart, may be missing in
    a checkpoint, and is all that a task needs beside the backbone.
    """
    # The child of the backbone that holds the new modules.
    part = 'prompts'

    def insert(self, sites: Sites) -> None:
        """Add the modules.

        Args:
            sites (Sites): The places of a backbone.

        Raises:
            UserError: If the backbone has no place for them.
        """
        raise NotImplementedError

    def trains(self, sites: Sites) -> Sequence[str]:
        """Return what of the backbone itself has to train with it.

        Args:
            sites (Sites): The places of a backbone.

        Returns:
            Sequence[str]: Paths of its modules.
        """
        return ()
