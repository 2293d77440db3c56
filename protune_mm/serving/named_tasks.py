"""Which tasks a server has, as users name them."""
import os
from typing import Dict, Iterable, Tuple

from protune_mm.errors import UserError
from protune_mm.preflight.config_parts import host_of
from protune_mm.publishing import read_published
from protune_mm.tuning.published_folder import (NAME, check_file, is_published,
                                                read_manifest)


def _folders(folder: str) -> Iterable[Tuple[str, str]]:
    """Yield the names of published tasks in a folder and their places."""
    places = [folder] if is_published(folder) else [
        path for path in sorted(
            os.path.join(folder, name) for name in os.listdir(folder))
        if is_published(path)
    ]
    if not places:
        raise UserError(f'{folder} holds no published task: give a folder '
                        'that tools/delta.py publish has written to.')
    for place in places:
        yield str(read_manifest(place).get('name')), place


def _named(task: str) -> Iterable[Tuple[str, str]]:
    if os.path.isdir(task):  # its name may have a = in it
        return _folders(task)
    name, _, address = task.partition('=')
    if not address:
        raise UserError(f'There is no folder {task}: give the folder of '
                        'published tasks, or name=address of one.')
    return [(name, address)]


def named_tasks(tasks: Iterable[str]) -> Dict[str, str]:
    """Find the names and addresses of tasks.

    Args:
        tasks (Iterable[str]): Each ``name=address`` of a published task, or a
            folder that is one or holds several.

    Returns:
        dict[str, str]: Addresses by name: absolute paths, or those of the
        web.

    Raises:
        UserError: If a folder is not there, or a name is no part of a URL or
            is there twice.
    """
    found = {}
    for task in tasks:
        for name, address in _named(task):
            if not NAME.fullmatch(name):
                raise UserError(f"'{name}' cannot be a part of a URL: name "
                                f'the task by letters, digits and ._-, as in '
                                f'task={address}.')
            if name in found:
                raise UserError(
                    f"There are two tasks '{name}', {found[name]} and "
                    f'{address}: name one of them otherwise, as in '
                    f'{name}2={address}.')
            found[name] = address if '://' in address else os.path.abspath(
                os.path.expanduser(address))
    if not found:
        raise UserError('There is no task to serve: give name=address of a '
                        'published one.')
    return found


def host_of_task(address: str) -> str:
    """Read which library a published task is of; fetch it if it is remote.

    Args:
        address (str): Its folder or address.

    Returns:
        str: Such as ``mmdet``.

    Raises:
        UserError: If there is none, or if it is damaged.
    """
    published = read_published(address)
    check_file(published.folder, published.manifest['weights'],
               published.manifest)
    return host_of(published.config)
