"""FCN, ResNet-50 pro-tuned (paper, Table 7)."""
_base_ = ['mmseg::fcn/fcn_r50-d8_4xb4-80k_ade20k-512x512.py']

custom_imports = dict(imports=['protune_mm'], allow_failed_imports=False)
model = dict(
    pretrained=None,
    backbone=dict(
        type='ProTuneResNetV1c',
        init_cfg=dict(
            type='Pretrained', checkpoint='open-mmlab://resnet50_v1c')))
