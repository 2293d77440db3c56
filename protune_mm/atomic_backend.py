"""Files that are written whole or not at all."""
import io
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, Union

import torch
from mmengine.dist import get_rank
from mmengine.fileio import LocalBackend, register_backend
from mmengine.utils import mkdir_or_exist


@contextmanager
def written(path: Union[str, Path]) -> Iterator[Path]:
    """Replace a file in one step, so that a kill leaves the old or the new.

    Args:
        path (str | Path): The file.

    Yields:
        Path: Where to write it.
    """
    # Some of mmengine's files are written by every rank at once.
    partial = Path(f'{path}.part{get_rank()}')
    try:
        yield partial
        with open(partial, 'rb') as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:  # of what failed, such as on a full disk
        partial.unlink(missing_ok=True)


def write_whole(path: Union[str, Path], content: bytes) -> None:
    """Replace a file by :func:`written`.

    Args:
        path (str | Path): The file.
        content (bytes): All of it.
    """
    with written(path) as partial:
        partial.write_bytes(content)


def save_whole(checkpoint: Dict[str, Any], path: Union[str, Path]) -> None:
    """Write a checkpoint of torch by :func:`write_whole`.

    Args:
        checkpoint (dict): What to save.
        path (str | Path): The file; its folder is made if need be.
    """
    content = io.BytesIO()
    torch.save(checkpoint, content)
    mkdir_or_exist(os.path.dirname(path))
    write_whole(path, content.getvalue())


class AtomicLocalBackend(LocalBackend):
    """mmengine's local files, written by :func:`write_whole`."""

    def put(self, obj: bytes, filepath: Union[str, Path]) -> None:
        """Write bytes.

        Args:
            obj (bytes): What to write, checkpoints for instance.
            filepath (str | Path): Where.
        """
        mkdir_or_exist(os.path.dirname(filepath))
        write_whole(filepath, obj)

    def put_text(self,
                 obj: str,
                 filepath: Union[str, Path],
                 encoding: str = 'utf-8') -> None:
        """Write text.

        Args:
            obj (str): What to write.
            filepath (str | Path): Where.
            encoding (str): Its encoding. Default: 'utf-8'.
        """
        self.put(obj.encode(encoding), filepath)


register_backend('local', AtomicLocalBackend, force=True, prefixes='')
