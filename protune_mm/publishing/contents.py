"""What a checkpoint holds, as a table."""
from collections import defaultdict
from typing import Any, Dict, Iterator, List, Tuple

from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor

from protune_mm.costs.text_table import draw
from protune_mm.tuning.base import BASE, Base
from protune_mm.tuning.checkpoint_file import tensors
from protune_mm.tuning.delta import is_delta

# What a training keeps beside weights.
TRAINING = ('optimizer', 'ema_state_dict')


def _component(name: str) -> str:
    """Name the part that an entry belongs to."""
    first, *rest = name.removeprefix('module.').split('.')
    return f'{first}.prompts' if rest[:1] == ['prompts'] else first


def _rows(content: Dict[str, Any]) -> Iterator[Tuple[str, List[Tensor]]]:
    parts = defaultdict(list)
    for name, value in content.get('state_dict', content).items():
        if isinstance(value, Tensor) and not name.endswith(BASE):
            parts[_component(name)].append(value)
    yield from parts.items()
    for key in TRAINING if 'state_dict' in content else ():
        found = [value for _, value in tensors(content.get(key))]
        if found:
            yield f'({key})', found


def contents(checkpoint: str) -> str:
    """Say what a checkpoint holds, how large that is, and its base.

    Args:
        checkpoint (str): A file, a published task, or an address.

    Returns:
        str: A table and lines.
    """
    content = CheckpointLoader.load_checkpoint(
        checkpoint, 'cpu', logger='silent')
    rows, sums = [], [0, 0, 0]
    for name, values in _rows(content):
        numbers = (len(values), sum(v.numel() for v in values),
                   sum(v.nbytes for v in values))
        sums = [a + b for a, b in zip(sums, numbers)]
        rows.append((name, numbers))
    rows.append(('total', sums))
    table = draw(('component', 'entries', 'numbers', 'MB'),
                 [(name, f'{a:,}', f'{b:,}', f'{c / 1e6:,.2f}')
                  for name, (a, b, c) in rows])
    state = content.get('state_dict', content)
    lines = [
        'A delta: what was trained, without the frozen base.'
        if is_delta(state) else 'A whole checkpoint.', table
    ]
    meta = content.get('meta') or {}
    if 'iter' in meta:
        lines.append(f'After epoch {meta.get("epoch")}, iteration '
                     f'{meta["iter"]}.')
    for name, value in state.items():
        if name.endswith(BASE):
            part = name.removesuffix(BASE).rstrip('.') or 'the backbone'
            base = Base.decode(value)
            lines.append(f'Base of {part}: {base.number} frozen entries, '
                         f'SHA-256 {base.sha256}')
            lines.append(f'  from {base.source or "its own arguments"}')
    return '\n'.join(lines)
