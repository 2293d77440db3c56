"""The model card of a published task."""
from typing import Any, Dict, Mapping

from torch import Tensor

TEMPLATE = """# {name}

{model} of {host}, tuned with protune_mm. {what}

| | |
|---|---|
| parameters in this folder | {numbers:,} |
| size | {size:.2f} MB |
{bases}
{metrics}
## Use

```python
from protune_mm.apis import TaskPool

pool = TaskPool()
pool.add('{name}', '{folder}')
pool.predict('{name}', 'image.jpg')
```

Or give this folder as `load_from`, or as the checkpoint of any tool or
inferencer, with `config.py`.
"""


def model_card(manifest: Dict[str, Any], state: Mapping[str, Tensor],
               folder: str) -> str:
    """Write what a published task is, for people.

    Args:
        manifest (dict): What the folder says of itself.
        state (Mapping[str, Tensor]): Its weights.
        folder (str): Its name.

    Returns:
        str: Markdown.
    """
    bases = [
        f'| base of {path} | {(base["source"] or {}).get("checkpoint", "its")}'
        f' weights, SHA-256 {base["sha256"][:16]}... |'
        for path, base in manifest['bases'].items()
    ]
    metrics = [f'| {k} | {v:.4g} |' for k, v in manifest['metrics'].items()]
    if metrics:
        metrics = ['\n## Metrics', '', '| metric | value |', '|---|---|'
                   ] + metrics + ['']
    return TEMPLATE.format(
        name=manifest['name'],
        model=manifest['model'],
        host=manifest['host'],
        what='It holds what was trained; the frozen base is loaded beside it.'
        if bases else 'It holds all weights.',
        numbers=sum(value.numel() for value in state.values()),
        size=sum(value.nbytes for value in state.values()) / 1e6,
        bases='\n'.join(bases),
        metrics='\n'.join(metrics),
        folder=folder)
