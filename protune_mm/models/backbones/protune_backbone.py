"""Any registered backbone, pro-tuned."""
from functools import lru_cache
from typing import Any, Union

from mmengine.registry import MODELS
from torch import nn

from protune_mm.errors import UserError
from .protune_mixin import ProTuneMixin


@lru_cache(maxsize=None)
def pro_tuned(stock: type) -> type:
    """Return the pro-tuned class of a backbone.

    Args:
        stock (type): Any backbone of any host.

    Returns:
        type: Its subclass, the same at each call.
    """
    name = f'ProTune{stock.__name__}'
    return type(
        name, (ProTuneMixin, stock), {
            '__doc__':
            f'{stock.__name__}, pro-tuned.',
            '__module__':
            __name__,
            '__reduce_ex__':
            lambda self, protocol: (_blank, (stock, ), self.__dict__)
        })


def _blank(stock: type) -> nn.Module:
    """Make an empty instance for unpickling: the class has no import path."""
    return object.__new__(pro_tuned(stock))


@MODELS.register_module(name='ProTuneBackbone')
def build_protune_backbone(backbone: Union[str, type],
                           **arguments: Any) -> nn.Module:
    """Build any registered backbone, pro-tuned.

    ``type='ProTuneBackbone'`` in a config. Parameter names, arguments and
    outputs are the backbone's own, as with the named classes.

    Args:
        backbone (str | type): The stock type, with its library where that
            is not the config's: ``'mmpretrain.ConvNeXt'``; or the class.
        **arguments: The backbone's arguments and those of
            :class:`ProTuneMixin`. The ends of stages are found unless
            ``prompt_stages`` names modules: ``['stages.0', 'stages.1']``.
            Norms of the outputs that are new, as ConvNeXt has them, belong
            in ``trained_modules``.

    Returns:
        nn.Module: The backbone.

    Raises:
        UserError: If there is no such backbone or module.
    """
    stock = backbone
    if isinstance(backbone, str):
        with MODELS.switch_scope_and_registry(None) as registry:
            stock = registry.get(backbone)
    if not isinstance(stock, type):
        raise UserError(f"backbone='{backbone}' is not registered: give a "
                        "type that your configs know, with its library, as "
                        "in 'mmpretrain.ConvNeXt'.")
    return pro_tuned(stock)(**arguments)
