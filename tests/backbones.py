"""The table of backbones that every contract is tested over."""
from importlib import import_module
from typing import NamedTuple

from mmengine.registry import DefaultScope
from torch import nn

SEG_FCN = dict(
    dilations=(1, 1, 2, 4), strides=(1, 2, 1, 1), contract_dilation=True)


class Case(NamedTuple):
    """A stock backbone and its pro-tuned twin."""
    host: str
    stock: str
    twin: str
    arguments: dict

    def build(self, twin: bool = True, **more) -> nn.Module:
        registry = import_module(f'{self.host}.registry').MODELS
        name = self.twin if twin else self.stock
        # A runner of an earlier test may have left its own scope.
        with DefaultScope.overwrite_default_scope(self.host):
            return registry.build(dict(type=name, **self.arguments, **more))

    def __str__(self) -> str:
        return f'{self.host}-{self.twin}-{self.arguments["depth"]}'


CASES = [
    Case(host, 'ResNet', 'ProTuneResNet', dict(depth=depth, **extra))
    for depth in (18, 50, 101) for host, extra in (
        ('mmdet', dict(frozen_stages=1, norm_eval=True)),
        ('mmpretrain', dict(out_indices=(0, 1, 2, 3), drop_path_rate=0.1)),
    )
] + [
    Case('mmseg', 'ResNetV1c', 'ProTuneResNetV1c',
         dict(depth=depth, norm_eval=False, **SEG_FCN))
    for depth in (18, 50, 101)
] + [
    Case('mmdet', 'ResNetV1d', 'ProTuneResNetV1d',
         dict(depth=50, norm_eval=False)),
    Case('mmseg', 'ResNet', 'ProTuneResNet',
         dict(depth=18, norm_cfg=dict(type='SyncBN', requires_grad=True))),
    Case('mmseg', 'ResNetV1d', 'ProTuneResNetV1d', dict(depth=18)),
    Case('mmpretrain', 'ResNetV1c', 'ProTuneResNetV1c', dict(depth=50)),
    Case('mmpretrain', 'ResNetV1d', 'ProTuneResNetV1d', dict(depth=50)),
    Case(
        'mmdet', 'ResNet', 'ProTuneResNet',
        dict(
            depth=50,
            dcn=dict(type='DCNv2', deform_groups=1, fallback_on_stride=False),
            stage_with_dcn=(False, False, False, True))),
    Case(
        'mmdet', 'ResNet', 'ProTuneResNet',
        dict(
            depth=50,
            dcn=dict(type='DCN', deform_groups=1, fallback_on_stride=False),
            stage_with_dcn=(False, True, True, True),
            plugins=[
                dict(
                    cfg=dict(type='ContextBlock', ratio=1. / 16),
                    stages=(False, True, True, True),
                    position='after_conv3')
            ])),
]
