"""Joining a pro-tuning mixin with the host libraries that are installed."""
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Dict, Optional, Sequence

from mmengine.registry import DefaultScope
from torch import nn

from protune_mm.errors import UserError
from protune_mm.first_lookup import before_first_lookup

HOSTS = ('mmdet', 'mmseg', 'mmpretrain')


class HostChoice:
    """Lets ``type=ProTuneResNet``, the class, stand in pure-Python configs.

    It becomes the class of the default scope's library, as the name does.

    Raises:
        UserError: If several libraries have it, the scope names none and
            ``home`` neither.
    """
    # Whose it is where the scope's library has none.
    home: Optional[str] = None

    def __new__(cls, *args, **kwargs):
        if issubclass(cls, nn.Module):
            return super().__new__(cls)
        scope = getattr(DefaultScope.get_current_instance(), 'scope_name', '')
        hosts = [scope] if scope in HOSTS and hasattr(cls, scope) else [
            host for host in HOSTS
            if cls.home in (None, host) and hasattr(cls, host)
        ]
        if len(hosts) > 1:
            name = cls.__name__
            raise UserError(
                f'type={name} is in {", ".join(hosts[:-1])} and {hosts[-1]}: '
                f'set default_scope to one of them, or name it as '
                f'{name}.{hosts[0]}.')
        return super().__new__(getattr(cls, hosts[0]))


class HostClass:
    """A host's class of a mixin, made when it is first asked for.

    Args:
        mixin (type): The mixin that has it as attribute.
        backbone (str): Name of the host's backbone class.
        host (str): Name of the host, and of the attribute.
        attributes (dict): What the class has beside those of the mixin.
    """

    def __init__(self, mixin: type, backbone: str, host: str,
                 attributes: Dict[str, Any]) -> None:
        self.mixin = mixin
        self.backbone = backbone
        self.host = host
        self.attributes = attributes

    def __get__(self, instance: Optional[object], owner: type) -> type:
        """Make the class, register it and take its place."""
        mixin, host = self.mixin, self.host
        delattr(mixin, host)
        base = getattr(
            import_module(f'{host}.models.backbones'), self.backbone, None)
        if base is None:
            raise AttributeError(f'{host} has no {self.backbone}.')
        cls = type(
            mixin.__name__, (mixin, base), {
                **self.attributes, 'host': host,
                '__doc__': f"{host}'s {self.backbone}. {mixin.__doc__}",
                '__module__': mixin.__module__,
                '__qualname__': f'{mixin.__qualname__}.{host}'
            })
        setattr(mixin, host, cls)
        import_module(f'{host}.registry').MODELS.register_module(
            name=mixin.__name__, module=cls)
        return cls


def register_with_hosts(mixin: type,
                        backbone: str,
                        hosts: Sequence[str] = HOSTS,
                        **attributes: Any) -> None:
    """Register a mixin's class with every host that has the backbone.

    That happens before the host's registry is first looked into. The class
    of a host is an attribute of the mixin:
    ``ProTuneResNet.mmdet`` is mmdet's ``ResNet``, pro-tuned, and
    ``type='ProTuneResNet'`` in an mmdet config. Its attribute ``host`` is
    the host's name.

    Args:
        mixin (type): A subclass of :class:`ProTuneMixin`; its name is the
            registered name.
        backbone (str): Name of the hosts' backbone class, such as 'ResNet'.
        hosts (Sequence[str]): Where to look for it. Default: all of ``HOSTS``.
        **attributes: What differs in the classes of these hosts, such as
            their ``family``.
    """
    for host in hosts:
        if find_spec(host):
            setattr(mixin, host, HostClass(mixin, backbone, host, attributes))
            before_first_lookup(
                import_module(f'{host}.registry').MODELS,
                partial(getattr, mixin, host, None))
