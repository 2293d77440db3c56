"""Importing what takes seconds when a registry is first looked into.

mmengine's registries import their library's modules then. Ours need those
modules: with them, ``import protune_mm`` would take more than twice as long.
"""
from threading import RLock
from typing import Callable, List

from mmengine.registry import Registry

# One for all registries: two could be taken in either order.
LOCK = RLock()


class FirstLookup:
    """What a registry does before it looks for a name.

    Args:
        load (Callable): What it does without us.
    """

    def __init__(self, load: Callable[[], None]) -> None:
        self.load = load
        self.actions: List[Callable] = []

    def __call__(self) -> None:
        """Do what waits; other threads wait for its end."""
        with LOCK:
            # Actions look names up themselves.
            actions, self.actions = self.actions, []
            for action in actions:
                action()
            self.load()


def before_first_lookup(registry: Registry, action: Callable) -> None:
    """Do something before a registry looks for its next name.

    Args:
        registry (Registry): The registry; it is changed in place.
        action (Callable): Takes nothing. It may look names up itself.
    """
    if not isinstance(registry.import_from_location, FirstLookup):
        registry.import_from_location = FirstLookup(
            registry.import_from_location)
    registry.import_from_location.actions.append(action)
