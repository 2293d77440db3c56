"""Methods from their configs."""
from inspect import signature
from typing import Dict, List, Sequence, Type, Union

from mmengine.registry import MODELS

from protune_mm.errors import UserError
from .method import Method


def build_methods(cfgs: Union[dict, Sequence[dict]]) -> List[Method]:
    """Build methods.

    Args:
        cfgs (dict | Sequence[dict]): Configs, each with a ``type``.

    Returns:
        list[Method]: In the same order.

    Raises:
        UserError: If one is no config of a method, or has arguments that the
            method does not have.
    """
    return [
        _build(cfg) for cfg in ([cfgs] if isinstance(cfgs, dict) else cfgs)
    ]


def known_methods() -> Dict[str, Type[Method]]:
    """List the methods that are registered, by name."""
    return {
        name: kind
        for name, kind in sorted(MODELS.module_dict.items())
        if isinstance(kind, type) and issubclass(kind, Method)
    }


def _build(cfg: dict) -> Method:
    kind = cfg.get('type') if isinstance(cfg, dict) else None
    if kind is None:
        raise UserError(f'methods has {cfg!r}, which is no config of a method:'
                        " give dict(type='LoRA'), for example.")
    method = MODELS.get(kind) if isinstance(kind, str) else kind
    if not (isinstance(method, type) and issubclass(method, Method)):
        raise UserError(
            f'methods names {kind}, which is no known method: '
            f'choose of {", ".join(known_methods())}, or import the file that '
            'registers it by custom_imports.')
    known = signature(method).parameters
    unknown = [name for name in cfg if name != 'type' and name not in known]
    if unknown:
        raise UserError(f'{method.__name__} has no {", ".join(unknown)}: its '
                        f'arguments are {", ".join(known) or "none"}.')
    return MODELS.build(cfg)
