"""Reading a published task, of one's own or of others."""
from typing import Any, Dict, NamedTuple

from mmengine.config import Config

from protune_mm.engine.checkpoint_loaders import fetch_folder
from protune_mm.tuning.published_folder import (CONFIG, check_file,
                                                read_manifest)
from .literal_config import read_config


class Published(NamedTuple):
    """A published task.

    Args:
        folder (str): Where it is on this machine.
        config (Config): Its config, which was read and not run.
        checkpoint (str): What to load, the folder.
        manifest (dict): What it says of itself.
    """
    folder: str
    config: Config
    checkpoint: str
    manifest: Dict[str, Any]


def read_published(address: str) -> Published:
    """Read a published task.

    Args:
        address (str): Its folder, or the http(s) address of that.

    Returns:
        Published: Its parts; the weights are not read yet.

    Raises:
        UserError: If there is none, or if it is damaged.
    """
    remote = address.startswith(('http://', 'https://'))
    folder = fetch_folder(address) if remote else address
    manifest = read_manifest(folder, address)
    check_file(folder, CONFIG, manifest)
    return Published(folder, read_config(f'{folder}/{CONFIG}'), folder,
                     manifest)
