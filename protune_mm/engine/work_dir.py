"""What a work directory holds of a training."""
import os
import re
from pathlib import Path
from typing import List, Optional, Tuple

from protune_mm.errors import UserError
from protune_mm.tuning.checkpoint_file import (read_checkpoint,
                                               refuse_unresumable)

NAME = re.compile(r'(epoch|iter)_(\d+)\.pth')
LAST = 'last_checkpoint'


def saved_checkpoints(folder: str) -> List[Path]:
    """List the checkpoints that a training has saved at intervals.

    Args:
        folder (str): A work directory, which need not exist.

    Returns:
        list[Path]: ``epoch_N.pth`` and ``iter_N.pth``, the newest of each
        kind first.
    """
    found = [
        path for path in Path(folder).glob('*.pth')
        if NAME.fullmatch(path.name)
    ]
    return sorted(found, key=lambda path: -int(NAME.fullmatch(path.name)[2]))


def _named_last(folder: str, elsewhere: bool) -> List[Path]:
    """Return what ``last_checkpoint`` names, here too if the folder moved.

    Args:
        folder (str): A work directory.
        elsewhere (bool): Whether it may lie in another folder, as the
            ``out_dir`` of mmengine's hook. A copy of a folder names the
            original's, which is another run's.

    Returns:
        list[Path]: The file, if it is there.
    """
    record = Path(folder, LAST)
    if not record.is_file():
        return []
    named = record.read_text(errors='replace').strip().split('\n')[0]
    places = [Path(folder, os.path.basename(named))]
    if elsewhere:
        places.append(Path(named))
    return [place for place in places if place.is_file()][:1]


def newest_checkpoint(
        folder: str,
        optimizer: bool = True) -> Tuple[Optional[Path], List[str]]:
    """Find the newest checkpoint that a training can go on from.

    Args:
        folder (str): A work directory, which need not exist.
        optimizer (bool): Whether the state of the optimizer is needed.
            Default: True.

    Returns:
        tuple[Path | None, list[str]]: The checkpoint, None if there is none,
        and a sentence for each newer one that cannot be used.
    """
    newest, damaged, done = None, [], -1
    groups = {}
    for path in saved_checkpoints(folder):
        groups.setdefault(NAME.fullmatch(path.name)[1], []).append(path)
    for group in (*groups.values(), _named_last(folder, not groups)):
        for path in group:
            try:
                checkpoint = read_checkpoint(path)
                refuse_unresumable(checkpoint, str(path), optimizer)
            except UserError as error:
                damaged.append(str(error))
                continue
            if checkpoint['meta']['iter'] > done:
                newest, done = path, checkpoint['meta']['iter']
            break
    return newest, list(dict.fromkeys(damaged))
