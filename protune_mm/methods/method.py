"""What a tuning method is."""
from typing import Collection, Dict, Sequence

from torch import Tensor, nn

from protune_mm.errors import UserError
from protune_mm.hosts import Sites


class Method:
    """Adds new modules to a frozen backbone, through its sites.

    A subclass keeps its arguments, and adds and hooks in its modules in
    :meth:`insert`. What it added trains, is reported apart, may be missing in
    a checkpoint, and is all that a task needs beside the backbone.
    """
    # The child of the backbone that holds the new modules.
    part = 'prompts'
    # Whether what it names in `trains` trains whatever users list.
    needs_host = False

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
            Sequence[str]: Paths of its modules or parameters.
        """
        return ()

    def after_loading(self, backbone: nn.Module,
                      filled: Collection[str]) -> None:
        """Look at the weights that were loaded; called after each loading.

        Args:
            backbone (nn.Module): The backbone that it was inserted into, with
                weights of its own from a checkpoint.
            filled (Collection[str]): The entries that the checkpoint had.
        """

    def merge(self, backbone: nn.Module, state: Dict[str, Tensor]) -> None:
        """Put the method's effect into the weights of the stock backbone.

        Args:
            backbone (nn.Module): The backbone that it was inserted into.
            state (dict[str, Tensor]): Entries of the stock backbone, changed
                in place.

        Raises:
            UserError: If no weights have that effect.
        """
        raise UserError(
            f'{type(self).__name__} cannot be merged into the weights of '
            f'{type(backbone).__name__}: it adds operations that the stock '
            'backbone does not have. Export the model as it is, or take LoRA '
            'or SSF.')
