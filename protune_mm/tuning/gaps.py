"""Entries of a model that a checkpoint leaves random."""
import re
from typing import Sequence

from torch import nn

from protune_mm.errors import UserError
from .checkpoint import listed

# What torch says of an entry that it could not copy.
RESHAPED = re.compile(r'size mismatch for (\S+): .*?Size\(\[(.*?)\]\)'
                      r'.*Size\(\[(.*?)\]\)')


def refuse_gaps(model: nn.Module,
                missing: Sequence[str],
                errors: Sequence[str],
                name: str = 'The checkpoint') -> None:
    """Raise if anything of a model would stay random.

    Args:
        model (nn.Module): The model, just loaded.
        missing (Sequence[str]): Its entries that the checkpoint lacks.
        errors (Sequence[str]): What torch says of those it could not copy.
        name (str): What the message calls the file.
            Default: 'The checkpoint'.

    Raises:
        UserError: If there are such entries.
    """
    # torch itself fills in the step counts that older files lack.
    gaps = [
        entry for entry in missing
        if not entry.endswith('.num_batches_tracked')
    ]
    for entry, given, own in RESHAPED.findall('\n'.join(errors)):
        gaps.append(f'{entry} ({given}) instead of ({own})')
    if gaps:
        raise UserError(
            f'{name} does not fill {len(gaps)} of the '
            f'{len(model.state_dict())} entries of the model, which would '
            f'be random: {listed(gaps)}. Give the config that it was '
            'trained with, num_classes included, or a checkpoint of this '
            'model.')
