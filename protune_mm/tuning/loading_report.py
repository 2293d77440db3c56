"""What a checkpoint filled of a model, and what it did not."""
from collections import defaultdict
from typing import Collection, Dict, List

from torch import Tensor, nn

from .delta import is_delta


def collapse(names: Collection[str],
             everything: Collection[str],
             prefix: str = '') -> List[str]:
    """Name a whole module instead of its entries where all are meant.

    Args:
        names (Collection[str]): Some entries of a state.
        everything (Collection[str]): All entries of that state.
        prefix (str): What all of them begin with. Default: ''.

    Returns:
        list[str]: Modules, with the number of their entries, and entries.
    """
    groups = defaultdict(list)
    for name in everything:
        groups[name[len(prefix):].split('.')[0]].append(name)
    found = []
    for part, group in groups.items():
        path = prefix + part
        chosen = [name for name in group if name in names]
        if chosen == group and len(group) == 1:
            found += group
        elif chosen == group:
            found.append(f'{path} ({len(group)} entries)')
        elif chosen:
            found += collapse(chosen, group, f'{path}.')
    return found


def loading_report(model: nn.Module, checkpoint: Dict[str, Tensor],
                   missing: Collection[str],
                   unexpected: Collection[str]) -> str:
    """Say what of a model is new and what of a checkpoint is unused.

    Args:
        model (nn.Module): The model, loaded.
        checkpoint (dict[str, Tensor]): The checkpoint's entries.
        missing (Collection[str]): Entries of the model that it lacks.
        unexpected (Collection[str]): Its entries that the model lacks.

    Parts of the model that had to fill in bands of images say so by an
    attribute ``filled_bands``, names of their entries.

    Returns:
        str: A paragraph for each kind that occurs.
    """
    # torch itself fills in the step counts of norms that older files lack.
    own, checkpoint = ({
        name: value
        for name, value in state.items()
        if not name.endswith('.num_batches_tracked')
    } for state in (model.state_dict(), checkpoint))
    bands = {
        f'{path}.{name}'.strip('.')
        for path, part in model.named_modules()
        for name in getattr(part, 'filled_bands', ())
    }
    reshaped = {
        name
        for name in own.keys() & checkpoint.keys()
        if own[name].shape != checkpoint[name].shape
    } - bands
    missing = (own.keys() & missing) - reshaped
    filled = len(own) - len(missing) - len(reshaped)
    # What a delta leaves out, its base has filled.
    of_base = len(own.keys() - checkpoint.keys() - missing) \
        if is_delta(checkpoint) else 0
    parts = [
        f'{filled - of_base} of {len(own)} entries come from the '
        'checkpoint' + (f', {of_base} from its base.' if of_base else '.')
    ]
    for title, names, all_names in (('New, the checkpoint does not have them',
                                     missing, own),
                                    ('Not loaded, they have another shape',
                                     reshaped, own),
                                    ('New bands are the mean of those that '
                                     'the checkpoint has', bands, own),
                                    ('Unused, the model does not have them',
                                     unexpected, checkpoint)):
        if names:
            lines = '\n'.join(f'  {x}' for x in collapse(names, all_names))
            parts.append(f'{title}:\n{lines}')
    return '\n'.join(parts)
