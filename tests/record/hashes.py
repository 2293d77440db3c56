"""What is kept of values: hashes of all their bits."""
import hashlib
import json
from pathlib import Path
from typing import Iterator, Tuple

# What only names the parts of a config, and changes nothing.
PARTS = ('batch_size', 'families', 'method', 'method_hooks',
         'method_of_weights', 'preset', 'presets', 'recipe')

Rows = Iterator[Tuple[str, object]]


def digest(*tensors) -> str:
    """Hash values, shapes and types."""
    found = hashlib.sha256()
    for tensor in tensors:
        tensor = tensor.detach().cpu().contiguous()
        found.update(f'{tensor.dtype} {tuple(tensor.shape)}'.encode())
        found.update(tensor.numpy().tobytes())
    return found.hexdigest()[:16]


def written(cfg, root: Path) -> str:
    """Hash a config, but for its place and what only names its parts."""
    content = {k: v for k, v in cfg.to_dict().items() if k not in PARTS}
    text = json.dumps(content, indent=1, sort_keys=True, default=repr)
    text = text.replace(str(root.resolve()), '<root>')
    return hashlib.sha256(text.encode()).hexdigest()[:16]
