"""How mmengine gets checkpoints: nothing in them is run, downloads are whole.

mmengine's own loaders fall back to ``weights_only=False``. These take their
place wherever a checkpoint is named: ``init_cfg``, ``load_from``,
``--resume`` and the hosts' inference.
"""
import hashlib
import os
import re
import sys
import tempfile
from http.client import HTTPException
from typing import Any, Dict, Optional, Pattern
from urllib.error import URLError
from urllib.parse import urlparse

import torch
from mmengine import fileio
from mmengine.dist import barrier, get_rank
from mmengine.logging import print_log
from mmengine.runner.checkpoint import (CheckpointLoader, _get_mmengine_home,
                                        get_deprecated_model_names,
                                        get_external_models, get_mmcls_models,
                                        get_torchvision_models)

from protune_mm.errors import UserError
from protune_mm.tuning import read_checkpoint
from protune_mm.tuning.base import note_origin
from protune_mm.tuning.published_folder import (FOLDER_URL, MANIFEST,
                                                check_file, is_published,
                                                read_manifest,
                                                read_published_weights)

ZOOS = {
    'torchvision': get_torchvision_models,
    'modelzoo': get_torchvision_models,
    'open-mmlab': get_external_models,
    'openmmlab': get_external_models,
    'mmcls': get_mmcls_models,
}
# As model zoos name files: the hash of the content, not a date.
HASH = re.compile(r'-(?!(?:19|20)\d{6}\.)([0-9a-f]{8,64})\.\w+$')
# As published tasks are named: the beginning of their weights' hash.
PUBLISHED = re.compile(r'-[0-9a-f]{8}$')


def resolve(checkpoint: str) -> str:
    """Look a name of a model zoo up.

    Args:
        checkpoint (str): Such as ``torchvision://resnet50``.

    Returns:
        str: The URL behind it; a path or a URL as it is.

    Raises:
        UserError: If the zoo has no such weights.
    """
    scheme, _, name = checkpoint.partition('://')
    if scheme not in ZOOS:
        return checkpoint
    models = ZOOS[scheme]()
    name = get_deprecated_model_names().get(name, name)
    if name not in models:
        raise UserError(f'{scheme} has no weights named {name} '
                        f'({checkpoint}): it has, for instance, '
                        f'{", ".join(sorted(models)[:5])}.')
    # Entries of the user's own open_mmlab.json may be beside that file.
    found = models[name]
    return found if '://' in found else os.path.join(_get_mmengine_home(),
                                                     found)


def _check_hash(path: str, url: str, name: str, remedy: str) -> None:
    """Raise if the hash in a URL's file name is not that of the content."""
    expected = HASH.search(urlparse(url).path)
    if not expected:
        return
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    if not digest.hexdigest().startswith(expected[1]):
        raise UserError(
            f'{name} should have the SHA-256 {expected[1]}..., as its name '
            f'says, but has {digest.hexdigest()[:8]}...: {remedy}.')


def download(url: str, path: str, name: str, by_hand: str) -> None:
    """Download a file.

    Args:
        url (str): Where it is.
        path (str): Where it goes.
        name (str): What messages call it.
        by_hand (str): What to do if it cannot be had.

    Raises:
        UserError: If it cannot be fetched.
    """
    try:
        torch.hub.download_url_to_file(url, path, progress=sys.stderr.isatty())
    except (URLError, HTTPException, OSError) as error:
        reason = getattr(error, 'reason', error)
        raise UserError(f'{name} could not be fetched ({reason}): '
                        f'{by_hand}.') from None


def _cached(url: str, hashed: Pattern) -> str:
    """Return the place of a URL in torch's cache.

    It is that of its last part if there is a hash in it; other names, such as
    ``model.safetensors``, are those of many files.
    """
    folder = os.path.join(torch.hub.get_dir(), 'checkpoints')
    parts = urlparse(url)
    # An address of a server alone has no path.
    name = os.path.basename(parts.path) or parts.netloc
    plain = os.path.join(folder, name)
    digest = hashlib.sha256(url.encode()).hexdigest()[:12]
    own = os.path.join(folder, f'{digest}-{name}')
    if hashed.search(name):
        return plain
    if os.path.exists(plain) and not os.path.exists(own):
        print_log(f'{url} is taken from {plain}, where somebody has put it.',
                  'current')
        return plain
    return own


def fetch(url: str, name: Optional[str] = None) -> str:
    """Download a checkpoint into torch's cache, unless it is there.

    Args:
        url (str): Where it is.
        name (str, optional): What messages call it. Default: None, which
            means its URL.

    Returns:
        str: Its path in the cache, where only whole files come.

    Raises:
        UserError: If it cannot be fetched, is no checkpoint, or is another
            one than the hash in its name says.
    """
    cached = _cached(url, HASH)
    folder = os.path.dirname(cached)
    by_hand = f'download {url} elsewhere and put it at {cached}'
    if os.path.isfile(cached):
        _check_hash(cached, url, cached, 'delete it, to fetch it again')
        return cached
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as part:
        file = os.path.join(part, 'checkpoint')
        download(url, file, f'The weights {name or url}', by_hand)
        _check_hash(file, url, url, by_hand)
        read_checkpoint(file, name=url, remedy=by_hand)
        os.replace(file, cached)
    return cached


def fetch_folder(url: str, name: Optional[str] = None) -> str:
    """Download a published task into torch's cache, unless it is there.

    Args:
        url (str): Address of its folder.
        name (str, optional): What messages call it. Default: None, which
            means its URL.

    Returns:
        str: Its folder in the cache.

    Raises:
        UserError: If it cannot be fetched, is no published task, or a file of
            it is another one than it says.
    """
    url = url.rstrip('/')
    cached = _cached(url, PUBLISHED)
    folder = os.path.dirname(cached)
    if is_published(cached):
        return cached
    os.makedirs(folder, exist_ok=True)
    by_hand = f'download its files elsewhere and put them into {cached}'
    with tempfile.TemporaryDirectory(dir=folder) as place:
        part = os.path.join(place, 'task')
        os.makedirs(part)
        title = f'The published task {name or url}'
        download(f'{url}/{MANIFEST}', os.path.join(part, MANIFEST), title,
                 by_hand)
        manifest = read_manifest(part, name or url)
        for file in manifest['files']:
            download(f'{url}/{file}', os.path.join(part, file), title, by_hand)
            check_file(part, file, manifest)
        try:
            os.replace(part, cached)
        except OSError:
            if not is_published(cached):  # another process was first
                raise
    return cached


def load_from_local(filename: str, map_location: Any = None) -> Dict[str, Any]:
    """Load a file.

    Args:
        filename (str): Its path, or that of a published task.
        map_location (Any): As of :func:`torch.load`. Default: None.

    Returns:
        dict: The checkpoint.
    """
    filename = os.path.expanduser(filename)
    if is_published(filename):
        return read_published_weights(filename, map_location)
    checkpoint = read_checkpoint(filename, map_location)
    return note_origin(checkpoint, os.path.abspath(filename))


def load_from_http(filename: str, map_location: Any = None) -> Dict[str, Any]:
    """Load a URL or a name of a model zoo.

    Args:
        filename (str): Such as ``torchvision://resnet50``, or the address of
            a published task.
        map_location (Any): As of :func:`torch.load`. Default: None.

    Returns:
        dict: The checkpoint; of ``mmcls://`` the backbone alone.
    """
    url = resolve(filename)
    if not url.startswith(('http://', 'https://')):
        return note_origin(read_checkpoint(url, map_location), filename)
    get = fetch_folder if FOLDER_URL.search(url) else fetch
    if get_rank() == 0:
        get(url, filename)
    barrier()
    if get is fetch_folder:
        return read_published_weights(get(url), map_location)
    checkpoint = read_checkpoint(
        fetch(url, filename),
        map_location,
        remedy='delete it, to fetch it again')
    if filename.startswith('mmcls://'):
        state = checkpoint.get('state_dict', checkpoint)
        checkpoint = dict(
            state_dict={
                key.removeprefix('backbone.'): value
                for key, value in state.items() if key.startswith('backbone.')
            })
    return note_origin(checkpoint, filename)


def load_from_ceph(filename: str, map_location: Any = None) -> Dict[str, Any]:
    """Load from an object storage.

    Args:
        filename (str): An address with ``s3://`` or ``petrel://`` in it.
        map_location (Any): As of :func:`torch.load`. Default: None.

    Returns:
        dict: The checkpoint.
    """
    with fileio.get_local_path(
            filename, backend_args=dict(backend='petrel')) as path:
        checkpoint = read_checkpoint(path, map_location, name=filename)
    return note_origin(checkpoint, filename)


# pavi:// is a storage that is no more: it ends as a path that is not there.
for prefixes, loader in ((('', 'pavi://'), load_from_local),
                         (('http://', 'https://'), load_from_http),
                         ([f'{zoo}://' for zoo in ZOOS], load_from_http),
                         ((r'(\S+\:)?s3://', r'(\S+\:)?petrel://'),
                          load_from_ceph)):
    CheckpointLoader.register_scheme(prefixes, loader, force=True)
