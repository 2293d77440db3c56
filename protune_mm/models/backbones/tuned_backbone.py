"""A host's backbone, frozen, and the methods that tune it."""
import copy
from contextlib import contextmanager
from typing import Callable, Iterator, List, Optional, Sequence, Tuple, Union

from mmengine.model import ModuleDict
from torch import nn

from protune_mm import tuning as tuning_rules
from protune_mm.errors import UserError
from protune_mm.execution import LARGE, MEMORY
from protune_mm.hosts import (UNKNOWN, Family, Sites, keep_hooks,
                              recompute_blocks, run_channels_last, slim_leaves)
from protune_mm.hosts.call import Call
from protune_mm.hosts.paths import check_path, overview
from protune_mm.methods import Method
from protune_mm.methods.build import build_methods
from protune_mm.tuning.base import origin_of
from .from_scratch import without_pretraining
from .loading_mixin import LoadingMixin
from .registration import HostChoice


class TunedBackbone(HostChoice, LoadingMixin):
    """Adds methods to a host's backbone and freezes everything else.

    Put it before the host's class: ``class X(TunedBackbone, ResNet)``. All
    arguments of the host keep their names and meaning.

    Args:
        tuning (str): Tuning paradigm: ``'protune'`` (the methods' modules
            train, the host is frozen), ``'head'`` (no methods, the host is
            frozen), ``'partial-1'`` or ``'partial-2'`` (as 'head', but the
            host's last one or two modules train), ``'finetune'`` (no methods,
            the host's own arguments decide), ``'scratch'`` (no methods,
            nothing is frozen, pre-trained weights are not loaded) or
            ``'protune+finetune'``. Default: 'protune'.
        methods (dict | Sequence[dict]): Configs of methods, such as
            ``dict(type='PromptBlocks')``, in the order in which they are
            added. Default: ().
        trained_modules (str | Sequence[str], optional): Paths of modules of
            the host that train although ``tuning`` freezes the rest of it,
            such as norms that no pre-training holds. Default: None, which
            means those that the family and the methods know.
        random_frozen (bool): Accept frozen weights that no checkpoint has
            filled, which training refuses otherwise. Default: False.
        memory (str): What is kept for backward, with the same gradients:
            ``'plain'`` (what torch keeps), ``'lean'`` (much less; prompt
            blocks are computed twice) or ``'leanest'`` (least; so are frozen
            blocks of transformers). Default: 'lean'.

    Raises:
        UserError: If a value above does not exist for this backbone.
    """
    # What is known of the host.
    family: Family = UNKNOWN
    methods: Sequence[Method] = ()
    trained_modules: Tuple[str, ...] = ()
    kept_hooks: Sequence[Tuple[str, Callable, bool]] = ()

    def __init__(self,
                 *args,
                 tuning: str = 'protune',
                 methods: Union[dict, Sequence[dict]] = (),
                 trained_modules: Union[None, str, Sequence[str]] = None,
                 random_frozen: bool = False,
                 memory: str = 'lean',
                 **kwargs) -> None:
        if tuning not in tuning_rules.PARADIGMS:
            raise UserError(f"tuning='{tuning}' is not known: choose one of "
                            f'{", ".join(tuning_rules.PARADIGMS)}.')
        if memory not in MEMORY:
            raise UserError(f"memory='{memory}' is not known: choose one of "
                            f'{", ".join(MEMORY)}.')
        rules = tuning_rules.PARADIGMS[tuning]
        if not rules.pretrained:
            kwargs = without_pretraining(type(self), kwargs)
        # Hosts count in place; the stock backbone may be wanted later.
        self._host_arguments = copy.deepcopy((args, kwargs))
        super().__init__(*args, **kwargs)
        if not rules.pretrained:
            self.norm_eval = False  # there are no statistics to keep
            self.requires_grad_(True)
        self.tuning = tuning
        self.memory = memory
        # Paths of frozen blocks that run again in backward.
        self.recomputed: Tuple[str, ...] = ()
        # Hosts that take no other size do not keep it.
        self.pretrain_img_size = kwargs.get('pretrain_img_size',
                                            kwargs.get('img_size'))
        self.call = Call()
        # Where methods act: path of a module, function, whether before it.
        self.kept_hooks: List[Tuple[str, Callable, bool]] = []
        self.family.check(self)
        sites = Sites(self, self.family)
        self.methods = build_methods(methods) if rules.methods else []
        if isinstance(trained_modules, str):
            trained_modules = [trained_modules]
        self.trained_modules = self._choose_trained(sites, trained_modules)
        if self.trained_parts() is not None:
            # A host's own rule would also freeze the norms that train.
            self.frozen_stages = -1
        # mmengine's containers pass init_weights on to what they hold.
        self.prompts = ModuleDict()
        if self.methods:
            sites.note_grid()
        for method in self.methods:
            method.insert(sites)
        if self.trained_parts() is not None:
            tuning_rules.freeze(self, self.trained_parts())
            # The host may have frozen it.
            tuning_rules.unfreeze(self, self.trained_modules)
        if self.methods and memory == 'leanest' and self.trained_parts():
            self.recomputed = recompute_blocks(sites)
        self.watch_loading(random_frozen, trained_modules or ())
        self.train()

    def _choose_trained(self, sites: Sites,
                        wanted: Optional[Sequence[str]]) -> Tuple[str, ...]:
        """Return what trains of the host, given what the user wants."""
        for path in wanted or ():
            check_path(self, path, 'trained_modules')
        if wanted is None:
            wanted = [
                path for method in self.methods
                for path in method.trains(sites)
            ]
            wanted = [*wanted, *self.family.new_norms(self)]
            number = tuning_rules.PARADIGMS[self.tuning].partial
            if number:
                wanted = [*wanted, *self._last_modules(number)]
        needed = [
            path for method in self.methods if method.needs_host
            for path in method.trains(sites)
        ]
        return tuple(dict.fromkeys((*wanted, *needed)))

    def _last_modules(self, number: int) -> Sequence[str]:
        find = self.family.last_modules
        found = find(self, number) if find else ()
        if not found:
            raise UserError(
                f"tuning='partial-{number}' does not know the last modules of "
                f'{type(self).__name__}: list what trains in trained_modules; '
                f'there are {overview(self)}.')
        return found

    # -- what others ask -----------------------------------------------------

    def new_parts(self) -> Tuple[str, ...]:
        """Declare the children that the methods added."""
        parts = dict.fromkeys(('prompts', *[m.part for m in self.methods]))
        return tuple(part for part in parts if part in self._modules)

    def trained_parts(self) -> Optional[Tuple[str, ...]]:
        """Declare the paths that train; None if the host's rules decide."""
        if tuning_rules.PARADIGMS[self.tuning].frozen:
            return (*self.new_parts(), *self.trained_modules)
        return None

    @contextmanager
    def without_prompts(self) -> Iterator[None]:
        """Compute without what was added, inside this context.

        What trains of the host itself stays trained.
        """
        before, self.call.stock = self.call.stock, True
        try:
            yield
        finally:
            self.call.stock = before

    def merge(self) -> nn.Module:
        """Build the stock backbone that computes the same.

        Returns:
            nn.Module: The host's own class, with the methods' effect in its
            weights, in eval mode.

        Raises:
            UserError: If a method cannot be merged into weights.
        """
        stock = next(
            cls for cls in type(self).__mro__ if issubclass(cls, nn.Module)
            and not issubclass(cls, TunedBackbone))
        args, kwargs = copy.deepcopy(self._host_arguments)
        merged = stock(*args, **without_pretraining(stock, kwargs))
        own = self.state_dict()
        state = {name: own[name].clone() for name in merged.state_dict()}
        for method in self.methods:
            method.merge(self, state)
        # Not strictly: some hosts drop what they compute themselves.
        merged.load_state_dict(state, strict=False)
        merged.eval()  # that of some hosts returns nothing
        return merged

    def when_folded(self) -> None:
        """Compute as quickly as can be, in a copy with folded norms."""
        run_channels_last(self, self.family)

    def train(self, mode: bool = True) -> nn.Module:
        """Set the mode; frozen parts stay in eval.

        Args:
            mode (bool): Whether to train. Default: True.

        Returns:
            nn.Module: This backbone.
        """
        super().train(mode)
        # Pro-tuning: norm_eval=True of a host is meant for pre-trained norms,
        # those of the methods are new.
        for part in self.new_parts():
            self.get_submodule(part).train(mode)
        # Here, because others exchange modules, such as batch norms for those
        # that synchronise.
        keep_hooks(self)
        if self.trained_parts() is not None:
            tuning_rules.keep_in_eval(self, self.trained_parts())
            if self.methods and self.memory != 'plain':
                slim_leaves(self, self.recomputed,
                            LARGE if self.memory == 'lean' else 0)
        return self

    # -- loading -------------------------------------------------------------

    def init_weights(self) -> None:
        """Initialise, or load what ``init_cfg`` names.

        Raises:
            UserError: If the checkpoint is not one of this backbone.
        """
        try:
            super().init_weights()
        except (IndexError, KeyError) as error:
            explain = self.family.explain
            text = explain and explain(self, error)
            if text is None:
                raise
            raise UserError(text) from None

    def _check_checkpoint(self, state_dict: dict, prefix: str, *args) -> None:
        self.family.refuse(self, state_dict, prefix)
        super()._check_checkpoint(state_dict, prefix, *args)

    def _load_from_state_dict(self, state_dict: dict, prefix: str,
                              *args) -> None:
        self._origin = origin_of(state_dict, prefix)  # convert makes new ones
        self.family.convert(self, state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *args)
