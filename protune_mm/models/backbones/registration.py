"""Joining a pro-tuning mixin with the host libraries that are installed."""
from importlib import import_module
from importlib.util import find_spec
from typing import Sequence

from mmengine.registry import DefaultScope
from torch import nn

from protune_mm.errors import UserError

HOSTS = ('mmdet', 'mmseg', 'mmpretrain')


class HostChoice:
    """Lets ``type=ProTuneResNet``, the class, stand in pure-Python configs.

    It becomes the class of the default scope's library, as the name does.

    Raises:
        UserError: If several libraries have it and the scope names none.
    """

    def __new__(cls, *args, **kwargs):
        if issubclass(cls, nn.Module):
            return super().__new__(cls)
        hosts = [host for host in HOSTS if host in vars(cls)]
        scope = getattr(DefaultScope.get_current_instance(), 'scope_name', '')
        if scope not in hosts and len(hosts) > 1:
            name = cls.__name__
            raise UserError(
                f'type={name} is in {", ".join(hosts[:-1])} and {hosts[-1]}: '
                f'set default_scope to one of them, or name it as '
                f'{name}.{hosts[0]}.')
        return super().__new__(
            getattr(cls, scope if scope in hosts else hosts[0]))


def register_with_hosts(mixin: type,
                        backbone: str,
                        hosts: Sequence[str] = HOSTS) -> None:
    """Register a mixin's class with every host that has the backbone.

    The class of a host is an attribute of the mixin:
    ``ProTuneResNet.mmdet`` is mmdet's ``ResNet``, pro-tuned, and
    ``type='ProTuneResNet'`` in an mmdet config. Its attribute ``host`` is
    the host's name.

    Args:
        mixin (type): A subclass of :class:`ProTuneMixin`; its name is the
            registered name.
        backbone (str): Name of the hosts' backbone class, such as 'ResNet'.
        hosts (Sequence[str]): Where to look for it. Default: all of ``HOSTS``.
    """
    for host in hosts:
        if find_spec(host) is None:
            continue
        base = getattr(
            import_module(f'{host}.models.backbones'), backbone, None)
        if base is None:
            continue
        cls = type(
            mixin.__name__, (mixin, base), {
                'host': host,
                '__doc__': f"{host}'s {backbone}. {mixin.__doc__}",
                '__module__': mixin.__module__,
                '__qualname__': f'{mixin.__qualname__}.{host}'
            })
        setattr(mixin, host, cls)
        import_module(f'{host}.registry').MODELS.register_module(
            name=mixin.__name__, module=cls)
