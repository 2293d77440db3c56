"""Swin-S, pro-tuned; the weights of Swin's authors, trained on RGB images."""
_base_ = ['mmpretrain::_base_/models/swin_transformer/small_224.py']
families = ['transformer', 'prompt']  # whose recipes suit it
presets = dict(blocks='ProTuneSwin', tokens='PromptedSwin')
model = dict(
    backbone=dict(
        type='ProTuneSwin',
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://mmassets.onedl.ai/mmclassification/v0/'
            'swin-transformer/convert/'
            'swin_small_patch4_window7_224-cc7a01c9.pth',
            prefix='backbone')),
    head=dict(loss=dict(_delete_=True, type='CrossEntropyLoss')),
    train_cfg=None)  # no mixing of images
