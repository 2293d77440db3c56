"""What in a config makes a model pre-trained."""
from typing import Any

from mmengine.model import PretrainedInit


def loads_weights(cfg: Any) -> bool:
    """Tell whether an initialisation loads weights from a file.

    Args:
        cfg: An item of ``init_cfg``.

    Returns:
        bool: Whether it does.
    """
    return bool(cfg) and cfg.get('type') in ('Pretrained', PretrainedInit)
