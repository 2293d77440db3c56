"""Which tuned backbone takes the place of which stock one."""
from importlib import import_module
from typing import Any

# By the name of the stock type; hosts that have the twin are asked.
TWINS = {
    name: f'ProTune{short}'
    for name, short in dict(
        ResNet='ResNet',
        ResNetV1c='ResNetV1c',
        ResNetV1d='ResNetV1d',
        ResNeXt='ResNeXt',
        RegNet='RegNet',
        SwinTransformer='Swin',
        VisionTransformer='ViT').items()
}


def tuned_cfg(host: str, stock: dict) -> dict:
    """Return the config of a tuned backbone for that of a stock one.

    Args:
        host (str): Whose config it is.
        stock (dict): The config of the backbone.

    Returns:
        dict: The same with another type; ``ProTuneBackbone`` where there is
        no class for it.
    """
    kind: Any = stock['type']
    if not isinstance(kind, str):  # of a config in pure Python
        host, name = kind.__module__.split('.')[0], kind.__name__
    else:
        name = kind.split('.')[-1]
        host = kind.split('.')[0] if '.' in kind else host
    twin = TWINS.get(name)
    registry = import_module(f'{host}.registry').MODELS
    if twin and registry.get(f'{host}.{twin}'):
        return {**stock, 'type': f'{host}.{twin}'}
    return {**stock, 'type': 'ProTuneBackbone', 'backbone': kind}
