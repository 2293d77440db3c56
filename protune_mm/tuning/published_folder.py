"""A published task: a folder with weights, config and what they are."""
import ast
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any, Dict, Union

from protune_mm.errors import UserError
from .checkpoint_file import AGAIN, read_checkpoint

MANIFEST = 'task.json'
CONFIG = 'config.py'
FORMAT = 1
# Of files in the folder itself, and of tasks, which are a part of URLs.
NAME = re.compile(r'[\w-][\w.-]*')
# How addresses of folders end: with a part of their hash, as model zoos name
# files, or as addresses of folders do.
FOLDER_URL = re.compile(r'(-[0-9a-f]{8}|/)$')


def sha256_of(path: Union[str, os.PathLike]) -> str:
    """Hash a file.

    Args:
        path (str | os.PathLike): The file.

    Returns:
        str: The SHA-256, in hexadecimal digits.
    """
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest() \
            if hasattr(hashlib, 'file_digest') else \
            hashlib.sha256(file.read()).hexdigest()


def is_published(path: Union[str, os.PathLike]) -> bool:
    """Tell whether a path is a published folder.

    Args:
        path (str | os.PathLike): Any path.

    Returns:
        bool: Whether it is.
    """
    return os.path.isfile(os.path.join(path, MANIFEST))


def is_there(checkpoint: str) -> bool:
    """Tell whether a checkpoint that a user names can be there.

    Args:
        checkpoint (str): A file, a published folder, or an address.

    Returns:
        bool: Whether the path exists; of an address always true.
    """
    path = os.path.expanduser(checkpoint)
    return '://' in path or os.path.isfile(path) or is_published(path)


def read_manifest(folder: Union[str, os.PathLike],
                  name: str = '') -> Dict[str, Any]:
    """Read what a published folder says of itself.

    Args:
        folder (str | os.PathLike): The folder.
        name (str): What messages call it. Default: its path.

    Returns:
        dict: Its ``task.json``.

    Raises:
        UserError: If it is not one of this format.
    """
    name = name or str(folder)
    try:
        with open(os.path.join(folder, MANIFEST), encoding='utf-8') as file:
            manifest = json.load(file)
        version, weights = manifest['format'], str(manifest['weights'])
        files = {str(k): str(v) for k, v in manifest['files'].items()}
        manifest.update(weights=weights, files=files)
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f'{name} has no {MANIFEST}, so it is no published '
                        'task: give a folder that tools/delta.py publish has '
                        'written.') from None
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        raise UserError(f'{MANIFEST} in {name} is damaged: {AGAIN}.') from None
    if version != FORMAT:
        raise UserError(f'{name} is of format {version}, which this version '
                        'does not know: install a newer protune_mm.')
    for file in (weights, *files):  # they come from others
        if not NAME.fullmatch(file) or weights not in files:
            raise UserError(f'{MANIFEST} in {name} is damaged: {AGAIN}.')
    return manifest


def check_file(folder: Union[str, os.PathLike], file: str,
               manifest: Dict[str, Any]) -> Path:
    """Compare a file of a published folder with its hash.

    Args:
        folder (str | os.PathLike): The folder.
        file (str): Name of the file.
        manifest (dict): As of :func:`read_manifest`.

    Returns:
        Path: The file.

    Raises:
        UserError: If it is not there, or is another one.
    """
    path = Path(folder, file)
    if not path.is_file():
        raise UserError(f'There is no {file} in {folder}: {AGAIN}.')
    found, expected = sha256_of(path), manifest['files'][file]
    if found != expected:
        raise UserError(f'{path} should have the SHA-256 {expected[:16]}..., '
                        f'but has {found[:16]}...: {AGAIN}.')
    return path


def read_published_weights(folder: Union[str, os.PathLike],
                           map_location: Any = None) -> Dict[str, Any]:
    """Read the weights of a published folder as a checkpoint.

    Args:
        folder (str | os.PathLike): The folder.
        map_location (Any): As of :func:`torch.load`. Default: None.

    Returns:
        dict: ``state_dict`` and ``meta``, with the data set's
        ``dataset_meta``.

    Raises:
        UserError: If it is damaged.
    """
    manifest = read_manifest(folder)
    weights = check_file(folder, manifest['weights'], manifest)
    try:
        dataset_meta = ast.literal_eval(manifest.get('dataset_meta', '{}'))
        dataset_meta = dict(dataset_meta)
    except (MemoryError, RecursionError, SyntaxError, TypeError, ValueError):
        raise UserError(f'{MANIFEST} in {folder} is damaged: '
                        f'{AGAIN}.') from None
    state = read_checkpoint(weights, map_location)
    meta = dict(dataset_meta=dataset_meta) if dataset_meta else {}
    return dict(meta=meta, state_dict=state)
