"""Pro-tuned ResNets are their hosts' own classes."""
from importlib import import_module

import pytest

from protune_mm.models import backbones

NAMES = ('ResNet', 'ResNetV1c', 'ResNetV1d')


@pytest.mark.parametrize('host', ['mmdet', 'mmseg', 'mmpretrain'])
@pytest.mark.parametrize('name', NAMES)
def test_a_twin_for_each_resnet_of_each_host(host, name):
    stock = getattr(import_module(f'{host}.models.backbones'), name, None)
    twin = import_module(f'{host}.registry').MODELS.get(f'ProTune{name}')
    if stock is None:
        assert (host, name) == ('mmdet', 'ResNetV1c') and twin is None
        return
    mixin = getattr(backbones, f'ProTune{name}')
    assert issubclass(twin, stock) and issubclass(twin, mixin)
    assert twin is getattr(mixin, host)


def test_a_host_that_is_not_installed_only_lacks_its_twins(monkeypatch):
    from protune_mm.models.backbones import registration

    class Elsewhere(backbones.ProTuneMixin):
        """A mixin of this test."""

    monkeypatch.setattr(registration, 'HOSTS', ('mmdet', 'not_installed'))
    registration.register_with_hosts(Elsewhere, 'ResNet')
    assert hasattr(Elsewhere, 'mmdet')
    assert not hasattr(Elsewhere, 'not_installed')
