"""Any registered backbone, pro-tuned."""
from functools import lru_cache
from typing import Any, Dict, Sequence, Tuple, Union

from mmengine.registry import MODELS
from torch import Tensor, nn

from protune_mm.errors import UserError
from .insertion import overview
from .protune_mixin import ProTuneMixin
from .wrapped import take_plain_names


class AnyStages(ProTuneMixin):
    """Knows nothing of its host; the user names the modules."""

    @property
    def stage_paths(self) -> Tuple[str, ...]:
        """tuple[str]: None, stages have no numbers here."""
        return ()

    def default_prompt_stages(self) -> Sequence[str]:
        """Ask for the modules.

        Raises:
            UserError: Always; it lists what there is.
        """
        raise UserError(
            'prompt_stages is missing: list the modules of this '
            f'{type(self).__name__} after which prompts go; there are '
            f'{overview(self)}.')

    def _load_from_state_dict(self, state_dict: Dict[str, Tensor], prefix: str,
                              *args) -> None:
        take_plain_names(self, state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *args)


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
        name, (AnyStages, stock), {
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
            :class:`ProTuneMixin`, of which ``prompt_stages`` must name
            modules: ``['stages.0', 'stages.1']``. Norms of the outputs that
            are new, as ConvNeXt has them, belong in ``trained_modules``.

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
