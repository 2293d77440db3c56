"""Configs of ours by name: ``protune_mm::htc_protune_r50_coco.py``.

mmengine's own lookup wants a folder, a ``.mim`` that a checkout has not, and
a registry of that name as scope, while our classes are in the hosts'.
"""
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Optional, Tuple

from mmengine.config import Config

from .files import CONFIGS

PREFIX = 'protune_mm::'
_find = Config._get_cfg_path


def locate(config: str) -> str:
    """Return the path of a config.

    Args:
        config (str): A path, or the name of one of ours in ``configs/`` such
            as ``'protune_mm::htc_protune_r50_coco.py'``. Its last word may
            stand before it as a folder, which names of the hosts' configs
            have: ``'protune_mm::coco/htc_protune_r50_coco.py'``.

    Returns:
        str: The path; nothing says that it exists.
    """
    if not config.startswith(PREFIX):
        return config
    name = PurePosixPath(config.removeprefix(PREFIX))
    if name.stem.endswith(f'_{name.parent}'):
        name = name.name
    demo = CONFIGS / 'demo' / name  # which the name need not say
    return str(demo if demo.exists() else CONFIGS / name)


def variables(config: str) -> dict:
    """Return what a config of ours sets, for those that ``read_base()`` reads.

    mmengine reads its Python configs without ``_base_``, which ours have.

    Args:
        config (str): The path in ``configs/``.

    Returns:
        dict: Names and values, those of its bases included.
    """
    return Config.fromfile(CONFIGS / config).to_dict()


@lru_cache(maxsize=None)
def _find_in_package(name: str) -> Tuple[str, Optional[str]]:
    """Find a config of a host once: mmengine parses all its metafiles."""
    return _find(name, '')


def _find_or_locate(cfg_path, filename):
    if cfg_path.startswith(PREFIX):
        return locate(cfg_path), None
    if '::' in cfg_path:
        return _find_in_package(cfg_path)
    return _find(cfg_path, filename)


Config._get_cfg_path = staticmethod(_find_or_locate)
