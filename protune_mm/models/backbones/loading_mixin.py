"""How a pro-tuned backbone takes checkpoints."""
from typing import Any, Dict, List, Sequence, Set

import torch
from mmengine.logging import print_log
from torch import Tensor, nn

from protune_mm import tuning as tuning_rules
from protune_mm.hosts.wrapped import left_out
from .base_mixin import BaseMixin
from .spared import spare_new_parts


class LoadingMixin(BaseMixin):
    """Refuses another backbone's checkpoint and remembers what was filled.

    A part of :class:`TunedBackbone`, which calls :meth:`watch_loading`.
    """

    def watch_loading(self, random_frozen: bool, free: Sequence[str]) -> None:
        """Look at every checkpoint from now on.

        Args:
            random_frozen (bool): Whether frozen weights may be random.
            free (Sequence[str]): Modules that train and may be other than
                those of a checkpoint.
        """
        self.random_frozen = random_frozen
        self.filled_bands = set()
        self._free = tuple(free)
        # timm's wrappers load at construction, and say so by this.
        loaded = getattr(self, 'is_init', False)
        self._filled = set(self.state_dict()) if loaded else set()
        self._initialising = False
        # What was filled while initialising, to be told when that is over.
        self._untold: Set[str] = set()
        if loaded:  # by its own arguments
            self._set_base(None, self._filled)
            self._tell_methods(self._filled)
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

    def init_weights(self) -> None:
        """Initialise, and report what weights of ``init_cfg`` fill."""
        before, self._initialising = self._initialising, True
        try:
            with spare_new_parts(self):
                super().init_weights()
        finally:
            self._initialising = before
        if not before:
            filled, self._untold = self._untold, set()
            self._tell_methods(filled)

    def _check_checkpoint(self, state_dict: Dict[str, Tensor], prefix: str,
                          *args) -> None:
        given = dict(state_dict)
        found = self._take_identity(state_dict, prefix)
        self._fit_free_parts(state_dict, prefix)
        tuning_rules.refuse_other_backbone(
            self,
            state_dict,
            prefix,
            new=self.new_parts(),
            free=self._free,
            whole=bool(found.sha256),
            left_out=lambda name: left_out(self, name))
        self._loading = prefix, given, found

    def _fit_free_parts(self, state_dict: Dict[str, Tensor],
                        prefix: str) -> None:
        """Fill in bands that pre-training did not have; drop what differs."""
        self.filled_bands = set()
        stem = next((f'{name}.weight' for name, module in self.named_modules()
                     if isinstance(module, nn.Conv2d)), None)
        for name, own in self.state_dict().items():
            key = prefix + name
            free = tuning_rules.belongs(name, self._free)
            if key not in state_dict or state_dict[key].shape == own.shape:
                continue
            theirs = state_dict[key]
            bands = own.shape[1] - theirs.shape[1] if theirs.dim() == 4 else 0
            same = own.shape[:1] + own.shape[2:] == (
                theirs.shape[:1] + theirs.shape[2:])
            # Of more than three channels may be those of a rearranged image.
            if (name == stem and same and bands > 0 and theirs.shape[1] <= 3
                    and (free or self.trained_parts() is None)):
                mean = theirs.mean(1, keepdim=True).expand(-1, bands, -1, -1)
                state_dict[key] = torch.cat((theirs, mean), 1)
                self.filled_bands.add(name)
            elif free:
                del state_dict[key]

    def _tell_methods(self, filled: Set[str]) -> None:
        new = self.new_parts()
        if all(tuning_rules.belongs(name, new) for name in filled):
            return  # nothing of the host's own
        for method in self.methods:
            method.after_loading(self, filled)

    def _after_loading(self, module: nn.Module, keys: Any) -> None:
        """Note what was filled; names are exact once all is converted."""
        prefix, given, found = self.__dict__.pop('_loading')
        filled = {
            name
            for name in self.state_dict()
            if prefix + name not in keys.missing_keys
        }
        self._filled |= filled
        self._note_base(found, filled)
        if not self._initialising:
            self._tell_methods(filled)
            return
        self._untold |= filled
        text = tuning_rules.loading_report(self, given, *keys)
        print_log(f'Loading init_cfg of the backbone: {text}', 'current')
        # mmengine would list each of them.
        keys.missing_keys.clear()
        keys.unexpected_keys.clear()
