"""Building a backbone without its pre-trained weights."""
from inspect import signature
from typing import Any, Dict

from protune_mm.tuning.pretraining import loads_weights


def without_pretraining(host: type, arguments: Dict[str, Any]) -> dict:
    """Leave out what only makes sense with pre-trained weights.

    Args:
        host (type): The class of the backbone.
        arguments (dict): What it would be built with.

    Returns:
        dict: What to build it with instead.
    """
    cfgs = arguments.get('init_cfg')
    cfgs = list(cfgs) if isinstance(cfgs, (list, tuple)) else [cfgs]
    kept = [cfg for cfg in cfgs if cfg and not loads_weights(cfg)]
    rest = {
        name: value
        for name, value in arguments.items()
        if name not in ('init_cfg', 'pretrained', 'checkpoint_path',
                        'frozen_stages')
    }
    # timm's backbones load weights unless they are told not to.
    for cls in host.__mro__:
        parameter = signature(cls.__init__).parameters.get('pretrained')
        if parameter and isinstance(parameter.default, bool):
            rest['pretrained'] = False
    return {**rest, 'init_cfg': kept} if kept else rest
