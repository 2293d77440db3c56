"""How a pro-tuned backbone takes checkpoints."""
from typing import Any, Dict, List

from torch import Tensor, nn

from protune_mm import tuning as tuning_rules


class LoadingMixin:
    """Refuses another backbone's checkpoint and remembers what was filled.

    A part of :class:`ProTuneMixin`, which calls :meth:`watch_loading`.
    """

    def watch_loading(self, random_frozen: bool) -> None:
        """Look at every checkpoint from now on.

        Args:
            random_frozen (bool): Whether frozen weights may be random.
        """
        self.random_frozen = random_frozen
        # timm's wrappers load at construction, and say so by this.
        loaded = getattr(self, 'is_init', False)
        self._filled = set(self.state_dict()) if loaded else set()
        self._prefix = ''
        # After the host's hooks, which convert older checkpoints.
        self._register_load_state_dict_pre_hook(self._check_checkpoint)
        self.register_load_state_dict_post_hook(self._after_loading)

    def random_entries(self) -> List[str]:
        """List frozen parameters that are random.

        Those with one value throughout, such as norms and the offsets of
        deformable convolutions, start as they should without a checkpoint.

        Returns:
            list[str]: Their names, [] if ``random_frozen`` allows them.
        """
        if self.random_frozen or self.trained_parts() is None:
            return []
        frozen = tuning_rules.split_state(self)[1].keys() - self._filled
        return [
            name for name, parameter in self.named_parameters() if
            name in frozen and not parameter.eq(parameter.flatten()[0]).all()
        ]

    def _check_checkpoint(self, state_dict: Dict[str, Tensor], prefix: str,
                          *args) -> None:
        tuning_rules.refuse_other_backbone(self, state_dict, prefix)
        self._prefix = prefix

    def _after_loading(self, module: nn.Module, keys: Any) -> None:
        """Note what was filled; names are exact once all is converted."""
        self._filled |= {
            name
            for name in self.state_dict()
            if self._prefix + name not in keys.missing_keys
        }
