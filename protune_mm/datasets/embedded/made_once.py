"""A set that is made in a folder, once and as a whole."""
import json
import tempfile
from pathlib import Path
from typing import Callable

from protune_mm.errors import UserError

SPLITS = ('train', 'val')


def read_record(record: Path) -> dict:
    """Read what a set was made with.

    Args:
        record (Path): The file that says it, in the folder of the set.

    Returns:
        dict: The arguments.

    Raises:
        UserError: If it is damaged.
    """
    try:
        return dict(json.loads(record.read_text()))
    except (TypeError, ValueError):
        raise UserError(f'"{record}" is damaged; delete "{record.parent}", '
                        'and it is made again.') from None


def put_in_place(unfinished: Path, root: Path,
                 is_made: Callable[[], bool]) -> None:
    """Rename a set when it is complete.

    Args:
        unfinished (Path): Its folder until then.
        root (Path): Its folder from then on.
        is_made (Callable): Tells whether the set stands there already, as
            when another process was quicker.
    """
    try:
        unfinished.rename(root)
    except OSError:
        if not is_made():
            raise


def _is_made(root: Path, record: Path, arguments: dict, what: str) -> bool:
    """Tell whether the set stands in ``root`` already."""
    if not root.exists():
        return False
    if not record.is_file():
        raise UserError(f'"{root}" exists and is no set of {what}; give '
                        'another root, or delete it if you do not need it.')
    found = read_record(record)
    # The first sets were made without a choice of layout.
    found.setdefault('layout', 'coco')
    if found != arguments:
        old, new = (', '.join(f'{name}={these.get(name)}' for name in arguments
                              if found.get(name) != arguments[name])
                    for these in (found, arguments))
        raise UserError(f'"{root}" holds {what} made with {old}, not '
                        f'{new}; delete it or give another root.')
    return True


def make_once(root: Path, arguments: dict, what: str,
              write: Callable[[Path, str, dict], None]) -> Path:
    """Make a set unless it is there.

    Args:
        root (Path): Folder of the set. It must not exist, or hold a set made
            with the same arguments.
        arguments (dict): What the set is made with, recorded in the folder.
        what (str): What is in the set, such as 'digit scenes'.
        write (Callable): Writes a split to a folder: of a folder, 'train' or
            'val', and the arguments.

    Returns:
        Path: The folder of the set.

    Raises:
        UserError: If ``root`` exists and is not this very set.
    """
    record = f'{what.replace(" ", "_")}.json'
    if _is_made(root, root / record, arguments, what):
        return root
    if root.is_symlink():
        raise UserError(f'"{root}" is a link to a folder that is not there; '
                        'give another root.')
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise UserError(f'"{root.parent}" is no folder; give another root '
                        f'than "{root}".') from None
    # Renamed when complete: a broken-off set never stands in ``root``.
    with tempfile.TemporaryDirectory(
            prefix=f'.{root.name}-', dir=root.parent) as folder:
        unfinished = Path(folder, 'set')
        for split in SPLITS:
            write(unfinished, split, arguments)
        (unfinished / record).write_text(json.dumps(arguments))
        put_in_place(unfinished, root,
                     lambda: _is_made(root, root / record, arguments, what))
    return root
