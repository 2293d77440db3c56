"""The base of a tuned backbone: the frozen entries that a file has filled.

A checkpoint of what was trained, a delta, leaves them out and holds the
base's identity instead, as an entry of the state that any loader carries.
"""
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, Mapping, Optional

import torch
from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from protune_mm.errors import UserError
from .pretraining import loads_weights

# Name of the entry, beside those of a backbone.
BASE = 'base_identity'
# Where tensors that were read from files come from: the file, their name.
_ORIGINS = WeakTensorKeyDictionary()


def fingerprint(state: Mapping[str, Tensor]) -> str:
    """Hash names, types, shapes and values.

    Args:
        state (Mapping[str, Tensor]): Entries of a state, in any order.

    Returns:
        str: The SHA-256, in hexadecimal digits.
    """
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name].detach().cpu().contiguous()
        digest.update(f'{name} {value.dtype} {tuple(value.shape)};'.encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


@dataclass(frozen=True)
class Base:
    """Identity of the frozen entries of a backbone that a file has filled.

    Args:
        sha256 (str): Their :func:`fingerprint`.
        source (dict, optional): How to get them again: an ``init_cfg`` of
            type 'Pretrained', or ``checkpoint`` and ``prefix`` of a file whose
            names are the model's. Default: None, which means that only the
            backbone's own arguments tell.
        names (frozenset[str]): Their names. Default: those a backbone lacks.
        number (int): How many there are. Default: 0.
    """
    sha256: str
    source: Optional[Dict[str, Any]] = None
    names: FrozenSet[str] = frozenset()
    number: int = 0

    def __str__(self) -> str:
        where = (self.source or {}).get('checkpoint')
        return f'{self.sha256[:16]}' + (f' ({where})' if where else '')

    def holds(self, state: Mapping[str, Tensor], prefix: str = '') -> bool:
        """Tell whether a state has exactly these entries.

        Args:
            state (Mapping[str, Tensor]): Entries of a model.
            prefix (str): What the backbone's names begin with. Default: ''.

        Returns:
            bool: Whether it has.
        """
        entries = {name: state.get(prefix + name) for name in self.names}
        return (None not in entries.values()
                and fingerprint(entries) == self.sha256)

    def encode(self) -> Tensor:
        """Write it as an entry of a state.

        Returns:
            Tensor: Bytes, of shape ``(N, )``.
        """
        text = json.dumps(
            dict(
                sha256=self.sha256,
                source=self.source,
                entries=len(self.names)))
        return torch.tensor(list(text.encode()), dtype=torch.uint8)

    @classmethod
    def decode(cls, entry: Tensor) -> 'Base':
        """Read what :meth:`encode` wrote.

        Args:
            entry (Tensor): The entry.

        Returns:
            Base: Without names.

        Raises:
            UserError: If it is not one.
        """
        try:
            found = json.loads(bytes(entry.cpu().tolist()))
            source = found['source']
            if source is not None:
                _refuse_other_source(source)
            return cls(
                str(found['sha256']), source, number=int(found['entries']))
        except (KeyError, RecursionError, TypeError, ValueError):
            raise UserError(
                f'The identity of the base ({BASE}) in this checkpoint is '
                'damaged: get the file again from where it comes.') from None


def _refuse_other_source(source: Any) -> None:
    """Raise unless it names a file: of other types mmengine runs any."""
    if (not isinstance(source, dict)
            or source.get('type', 'Pretrained') != 'Pretrained'
            or not source.keys() <= {'type', 'checkpoint', 'prefix'}
            or not all(isinstance(value, str) for value in source.values())
            or not source['checkpoint']):
        raise ValueError


def note_origin(checkpoint: Dict[str, Any], file: str) -> Dict[str, Any]:
    """Remember where the tensors of a checkpoint come from.

    Args:
        checkpoint (dict): What was read.
        file (str): Its path, or what stands for it in a config.

    Returns:
        dict: The checkpoint.
    """
    for name, value in checkpoint.get('state_dict', checkpoint).items():
        if isinstance(value, Tensor):
            _ORIGINS[value] = file, name
    return checkpoint


def origin_of(state: Mapping[str, Tensor],
              prefix: str = '') -> Optional[Dict[str, Any]]:
    """Find the file that entries of a backbone come from.

    Args:
        state (Mapping[str, Tensor]): What is loaded, as it was read.
        prefix (str): What names of the backbone begin with. Default: ''.

    Returns:
        dict | None: As ``Base.source``; None if it is not known, or if there
        are several.
    """
    found = set()
    for name, value in state.items():
        # A file that is no state may hold anything.
        if name.startswith(prefix) and isinstance(value, Tensor):
            file, key = _ORIGINS.get(value, ('', ''))
            own = name.removeprefix(prefix)
            found.add((file, key.removesuffix(own).removesuffix('.')))
    file, inside = found.pop() if len(found) == 1 else ('', '')
    return dict(checkpoint=file, prefix=inside) if file else None


def source_of(init_cfg: Any) -> Optional[Dict[str, Any]]:
    """Find what loads weights in the initialisation of a backbone.

    Args:
        init_cfg (dict | list, optional): As of mmengine's modules.

    Returns:
        dict | None: As ``Base.source``.
    """
    cfgs = init_cfg if isinstance(init_cfg, (list, tuple)) else [init_cfg]
    for cfg in filter(loads_weights, cfgs):
        kept = {k: cfg[k] for k in ('checkpoint', 'prefix') if cfg.get(k)}
        return dict(type='Pretrained', **kept)
    return None


def read_source(source: Dict[str, Any]) -> Dict[str, Tensor]:
    """Read entries of a backbone from a whole model's file.

    Args:
        source (dict): ``checkpoint`` and ``prefix``.

    Returns:
        dict[str, Tensor]: By the backbone's own names.
    """
    checkpoint = CheckpointLoader.load_checkpoint(
        source['checkpoint'], 'cpu', logger='silent')
    prefix = f'{source["prefix"]}.' if source.get('prefix') else ''
    return {
        name.removeprefix('module.').removeprefix(prefix): value
        for name, value in checkpoint.get('state_dict', checkpoint).items()
        if name.removeprefix('module.').startswith(prefix)
    }
