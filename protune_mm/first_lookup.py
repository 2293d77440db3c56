"""Importing what takes seconds when a registry is first looked into.

mmengine's registries import their library's modules then. Ours need those
modules: with them, ``import protune_mm`` would take more than twice as long.
"""
from typing import Callable

from mmengine.registry import Registry


def before_first_lookup(registry: Registry, action: Callable) -> None:
    """Do something before a registry looks for its next name.

    Args:
        registry (Registry): The registry; it is changed in place.
        action (Callable): Takes nothing. It may look names up itself, and
            nothing may be wrong with doing it twice.
    """
    load = registry.import_from_location

    def act_and_load() -> None:
        registry.import_from_location = load
        action()
        load()

    registry.import_from_location = act_and_load
