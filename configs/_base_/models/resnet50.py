"""ResNet-50, pro-tuned; mmpretrain's weights, trained on RGB images."""
_base_ = ['mmpretrain::_base_/models/resnet50.py']
families = ['cnn']  # whose recipes suit it
model = dict(
    backbone=dict(
        type='ProTuneResNet',
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://mmassets.onedl.ai/mmclassification/v0/'
            'resnet/resnet50_8xb32_in1k_20210831-ea4938fc.pth',
            prefix='backbone')))
