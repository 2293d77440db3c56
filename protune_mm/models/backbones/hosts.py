"""Joining a pro-tuning mixin with the host libraries that are installed."""
from importlib import import_module
from importlib.util import find_spec
from typing import Sequence

HOSTS = ('mmdet', 'mmseg', 'mmpretrain')


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
