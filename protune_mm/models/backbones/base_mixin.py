"""How a tuned backbone knows its base, and finds that of a delta."""
from typing import Any, Dict, FrozenSet, List, Optional, Set

from mmengine.config import ConfigDict
from torch import Tensor

from protune_mm.errors import UserError
from protune_mm.tuning import split_state
from protune_mm.tuning.base import (BASE, Base, fingerprint, read_source,
                                    source_of)
from protune_mm.tuning.quiet import quiet


class BaseMixin:
    """Knows which file filled the frozen weights of a backbone.

    A part of :class:`LoadingMixin`, whose attributes ``_filled`` and
    ``_initialising`` it asks.
    """
    # Its base: None if nothing was loaded, or nobody knows from where.
    base: Optional[Base] = None
    # How many are being loaded: a base may be a delta's, not its own.
    _depth = 0
    # Where the entries that are being loaded come from.
    _origin: Optional[Dict[str, Any]] = None

    def _frozen_names(self) -> FrozenSet[str]:
        return frozenset(split_state(self)[1])

    def _fingerprint(self, names: FrozenSet[str]) -> str:
        state = self.state_dict()
        return fingerprint({name: state[name] for name in names})

    def _take_identity(self, state_dict: Dict[str, Tensor],
                       prefix: str) -> Base:
        """Find out on which base a checkpoint stands, before it is loaded.

        That of a delta is made sure of, and its entries are put into
        ``state_dict``.
        """
        entry = state_dict.pop(prefix + BASE, None)
        if entry is None:
            source = source_of(self.init_cfg) if self._initialising else \
                self._origin
            return Base('', source)
        identity = Base.decode(entry)
        absent = frozenset(name for name in self._frozen_names()
                           if prefix + name not in state_dict)
        if identity.number < len(absent):  # the host makes some itself
            absent -= frozenset(self.family.derived(self))
        if identity.number != len(absent):
            raise UserError(
                f'This checkpoint leaves {identity.number} frozen entries to '
                f'its base {identity}, but {len(absent)} of this '
                f'{type(self).__name__} are not in it: give the config that '
                'it was trained with (backbone, tuning, trained_modules).')
        self._become(identity, absent)
        state = self.state_dict()
        state_dict.update({prefix + name: state[name] for name in absent})
        return Base(identity.sha256, identity.source, absent)

    def _become(self, identity: Base, names: FrozenSet[str]) -> None:
        """Load the base of a delta unless it is there."""
        ours, errors = self._fingerprint(names), []
        for source in self._candidates(identity, names):
            if ours != identity.sha256:
                try:
                    self._load_base(source)
                # mmengine asserts that the file has the prefix.
                except (AssertionError, UserError) as error:
                    errors.append(str(error).removesuffix('.'))
                ours = self._fingerprint(names)
        if ours == identity.sha256:
            return
        remedy = ("name that base in the backbone's init_cfg, or give a "
                  'checkpoint that was trained on this one.')
        if errors:
            raise UserError(f'This checkpoint needs its base {identity}, which'
                            f' cannot be loaded ({errors[0]}): {remedy}')
        if not names <= self._filled:
            raise UserError(f'This checkpoint needs its base {identity}, and '
                            f'this {type(self).__name__} has no weights yet: '
                            f'{remedy}')
        own = Base(ours, self.base and self.base.source)
        raise UserError(
            f'This checkpoint was trained on the base {identity}, but the '
            f'frozen weights of this {type(self).__name__} are {own}: '
            f'{remedy}')

    def _candidates(self, identity: Base,
                    names: FrozenSet[str]) -> List[Dict[str, Any]]:
        """List where the base of a delta may come from.

        What the config names is what the user wants, unless the delta's base
        was loaded over it, as by ``load_from``.
        """
        own, theirs = source_of(self.init_cfg), identity.source
        if self._depth > 1:  # files that name each other
            return []
        if self._depth or self._initialising:  # own is this very delta
            own = None
        over = bool(theirs) and 'type' not in theirs
        wanted = [theirs, own] if over else [own or theirs]
        if names <= self._filled:  # there is a base already
            initial = 'type' in ((self.base and self.base.source) or {})
            wanted = [theirs] if over and initial else []
        return [source for source in wanted if source]

    def _load_base(self, source: Dict[str, Any]) -> None:
        """Load a base the way in which it was loaded first."""
        before = self.init_cfg, self._is_init
        self._depth += 1
        try:
            if 'type' not in source:
                self.load_state_dict(read_source(source), strict=False)
                return
            # Some hosts ask it for attributes.
            self.init_cfg, self._is_init = ConfigDict(source), False
            with quiet():
                self.init_weights()
        finally:
            self._depth -= 1
            self.init_cfg, self._is_init = before

    def _note_base(self, found: Base, filled: Set[str]) -> None:
        """Remember the base when a checkpoint has been loaded.

        Args:
            found (Base): As :meth:`_take_identity` returned it.
            filled (set[str]): Names of what has been filled.
        """
        if found.sha256:
            self.base = found
        elif not (self.base and self.base.holds(self.state_dict())):
            self.base = None
            if found.source:
                self._set_base(found.source, filled)

    def _set_base(self, source: Optional[Dict[str, Any]],
                  filled: Set[str]) -> None:
        names = self._frozen_names() & filled
        if names:
            self.base = Base(self._fingerprint(names), source, names)
