"""Prompt-tuned backbones, registered with every host library installed."""
from .prompt_tokens_mixin import PromptTokensMixin
from .prompted_beit import PromptedBEiT
from .prompted_mae import PromptedMAE
from .prompted_swin import PromptedSwin
from .prompted_vit import PromptedViT
from .protune_backbone import build_protune_backbone
from .protune_beit import ProTuneBEiT
from .protune_mae import ProTuneMAE
from .protune_mixin import ProTuneMixin
from .protune_regnet import ProTuneRegNet
from .protune_resnet import ProTuneResNet, ProTuneResNetV1c, ProTuneResNetV1d
from .protune_resnext import ProTuneResNeXt
from .protune_swin import ProTuneSwin
from .protune_vit import ProTuneViT
from .tuned_backbone import TunedBackbone

__all__ = [
    'ProTuneBEiT', 'ProTuneMAE', 'ProTuneMixin', 'ProTuneRegNet',
    'ProTuneResNeXt', 'ProTuneResNet', 'ProTuneResNetV1c', 'ProTuneResNetV1d',
    'ProTuneSwin', 'ProTuneViT', 'PromptTokensMixin', 'PromptedBEiT',
    'PromptedMAE', 'PromptedSwin', 'PromptedViT', 'TunedBackbone',
    'build_protune_backbone'
]
