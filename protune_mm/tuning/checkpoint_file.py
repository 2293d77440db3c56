"""Reading a checkpoint from a file that may be anything.

Nothing in a file is run. What is wrong with it is one sentence.
"""
import os
import re
from contextlib import contextmanager
from contextvars import ContextVar
from pickle import UnpicklingError
from typing import Any, Callable, Dict, Iterator, Optional, Tuple, Union
from zipfile import BadZipFile, ZipFile, is_zipfile

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from protune_mm.errors import UserError
from .checkpoint import listed
from .safe_globals import safe_globals

TRUSTED = ContextVar('trusted', default=False)
AGAIN = 'get the file again from where it comes'


@contextmanager
def trusting(trust: bool = True) -> Iterator[None]:
    """Let checkpoints of one's own run what they ask for.

    Args:
        trust (bool): Whether to. Default: True.
    """
    token = TRUSTED.set(trust)
    try:
        yield
    finally:
        TRUSTED.reset(token)


def _refuse_other_kinds(path: str, name: str, remedy: str) -> None:
    """Raise if the first bytes are those of no checkpoint."""
    with open(path, 'rb') as file:
        head = file.read(512)
    if not head:
        raise UserError(f'{name} is empty (0 bytes): {remedy}.')
    if head.startswith(b'version https://git-lfs'):
        raise UserError(f'{name} is a Git LFS pointer, not the file itself: '
                        'run git lfs pull where it comes from.')
    text = head.decode(errors='replace')  # the last letter may be cut
    if re.fullmatch(r'[^\x00-\x08\x0e-\x1f\ufffd]+\ufffd?', text):
        line = text.strip().split('\n')[0][:40]
        raise UserError(f'{name} is text that begins with "{line}", such as '
                        f'a web page, not a checkpoint: {remedy}.')


def _is_safetensors(path: str) -> bool:
    """Tell by the content: the length of a JSON header, then the header."""
    with open(path, 'rb') as file:
        head = file.read(9)
    length = int.from_bytes(head[:8], 'little')
    return head[8:] == b'{' and 8 + length <= os.path.getsize(path)


def _needs_code(path: str, error: Exception) -> Optional[str]:
    """Name what torch refused to make of a file, None if it is damaged."""
    reason = str(error)
    named = re.search(r'(?:GLOBAL|class|function) <?([^\s>]+)', reason)
    if named and isinstance(error, UnpicklingError):
        return named[1]
    if 'with TorchScript' in reason:
        return 'a TorchScript program'
    if 'legacy .tar' in reason:
        return "torch's tar format of 2016"
    with open(path, 'rb') as file:
        pickle = re.match(rb'\x80[\x03-\x05]', file.read(2))
    return 'a pickle of Python objects' if pickle else None


def _changed_part(path: str) -> Optional[str]:
    """Find a part of a zip archive that is not what was written.

    torch writes checksums and does not compare them, so that a flipped bit of
    a tensor would be loaded.
    """
    with ZipFile(path) as archive:
        for part in archive.infolist():
            if part.CRC == 0:  # none was written, which torch allows
                continue
            try:
                with archive.open(part) as file:
                    while file.read(1 << 20):
                        pass
            except BadZipFile:
                return part.filename
    return None


def _unpickle(path: str, name: str, map_location: Any, remedy: str) -> Any:
    """Read what torch saved."""
    if map_location is None and not torch.cuda.is_available():
        map_location = 'cpu'  # whatever it was saved on
    try:
        changed = _changed_part(path) if is_zipfile(path) else None
        if changed:
            raise UserError(f'{name} is damaged ({changed} has another '
                            f'checksum than was written): {remedy}.')
        with torch.serialization.safe_globals(safe_globals()):
            return torch.load(
                path, map_location, weights_only=not TRUSTED.get())
    except (MemoryError, torch.OutOfMemoryError, UserError):
        raise
    except Exception as error:  # damaged bytes can make a pickle raise any
        needed = _needs_code(path, error)
        if needed:
            raise UserError(
                f'{name} holds {needed}, which can run code when it is '
                'opened and which weights do not need: use a file of weights '
                'alone, or add --trust-checkpoint if it is an old file of '
                'your own.') from None
        reason = re.split(r'\n|\. ', str(error))[0]
        if isinstance(error, UnpicklingError) or not reason:
            reason = 'not in the format of torch or safetensors'
        raise UserError(f'{name} is damaged or cut short ({reason}): '
                        f'{remedy}.') from None


def tensors(node: Any, path: str = '') -> Iterator[Tuple[str, Tensor]]:
    """Find the tensors of a checkpoint.

    Args:
        node (Any): The checkpoint or a part of it.
        path (str): Where the part is. Default: ''.

    Yields:
        tuple[str, Tensor]: Such as ``state_dict.fc.bias`` and its value.
    """
    if isinstance(node, Tensor):
        yield path, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from tensors(value, f'{path}.{key}' if path else str(key))


def _is_finite(value: Tensor) -> bool:
    """Tell if a tensor has numbers only.

    Masks may hold zero and -inf; a single number may be infinite, as the
    extremes of what has not been observed yet.
    """
    if not value.is_floating_point():
        return True
    if value.is_sparse:
        value = value.coalesce()
    if value.layout is not torch.strided:
        value = value.values()
    if value.dtype.itemsize == 1:  # float8, of which torch cannot ask
        value = value.float()
    finite = value.isfinite()
    if finite.all() or value.isnan().any():
        return bool(finite.all())
    return value.numel() == 1 or not (
        (value == torch.inf).any() or value[finite].any())


def _refuse_other_content(checkpoint: Any, name: str) -> None:
    """Raise if what was read is not the weights of a model."""
    own = 'save the state_dict() of a model instead'
    state = checkpoint
    if isinstance(checkpoint, dict):
        state = checkpoint.get('state_dict', checkpoint)
    if not isinstance(state, dict):
        raise UserError(f'{name} holds a {type(state).__name__}, not the '
                        f'named weights of a model: {own}.')
    found = dict(tensors(checkpoint))
    if not found:
        raise UserError(f'{name} holds no weights: {own}.')
    broken = [key for key, value in found.items() if not _is_finite(value)]
    if broken:
        raise UserError(f'{name} holds NaN or infinite values in '
                        f'{listed(broken)}: use a checkpoint from before the '
                        'training diverged.')


def read_checkpoint(path: Union[str, os.PathLike],
                    map_location: Optional[Union[str, Callable]] = 'cpu',
                    name: Optional[str] = None,
                    remedy: str = AGAIN) -> Dict[str, Any]:
    """Read a checkpoint without running anything of it.

    Args:
        path (str | os.PathLike): A file of torch or safetensors.
        map_location (str | Callable, optional): As of :func:`torch.load`.
            Default: 'cpu'.
        name (str, optional): What messages call the file. Default: None,
            which means its path.
        remedy (str): What to do about a file that came here damaged.

    Returns:
        dict: What was saved.

    Raises:
        UserError: If there is no such file, if it is no checkpoint, if it
            needs code (but see :func:`trusting`) or has values that are not
            finite.
    """
    path = os.path.expanduser(path)
    name = name or path
    if not os.path.isfile(path):
        raise UserError(f'There is no checkpoint at {name}: give the path of '
                        'a file.')
    _refuse_other_kinds(path, name, remedy)
    if _is_safetensors(path):
        try:
            checkpoint = load_file(path)
        except SafetensorError as error:
            raise UserError(f'{name} is damaged or cut short ({error}): '
                            f'{remedy}.') from None
    else:
        checkpoint = _unpickle(path, name, map_location, remedy)
    _refuse_other_content(checkpoint, name)
    if isinstance(checkpoint.get('meta'), dict):
        # Python text, which mmengine's runner would run when it resumes.
        checkpoint['meta'].pop('config', None)
    return checkpoint


def refuse_unresumable(checkpoint: Dict[str, Any],
                       name: str,
                       optimizer: bool = True) -> None:
    """Raise if a training cannot go on from a checkpoint.

    Args:
        checkpoint (dict): As :func:`read_checkpoint` returns it.
        name (str): What the message calls it.
        optimizer (bool): Whether the state of the optimizer is needed.
            Default: True.

    Raises:
        UserError: If the state of the training is not in it.
    """
    needed = ['meta', 'message_hub'] + ['optimizer'] * optimizer
    absent = [
        key for key in needed if not isinstance(checkpoint.get(key), dict)
    ]
    if not absent and not {'epoch', 'iter'} <= checkpoint['meta'].keys():
        absent = ['meta.epoch and meta.iter']
    if absent:
        raise UserError(
            f'{name} has no {" and no ".join(absent)}, so no training can go '
            'on from it: leave --resume out and start from its weights with '
            '--cfg-options load_from=PATH.')
