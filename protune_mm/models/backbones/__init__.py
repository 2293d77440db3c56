"""Pro-tuned backbones, registered with every host library installed."""
from .protune_mixin import ProTuneMixin
from .protune_resnet import ProTuneResNet, ProTuneResNetV1c, ProTuneResNetV1d

__all__ = [
    'ProTuneMixin', 'ProTuneResNet', 'ProTuneResNetV1c', 'ProTuneResNetV1d'
]
