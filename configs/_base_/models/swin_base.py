"""Swin-B, pro-tuned; the weights of Swin's authors, trained on RGB images."""
_base_ = ['./swin_small.py']
model = dict(
    backbone=dict(
        arch='base',
        drop_path_rate=0.5,
        init_cfg=dict(
            checkpoint='https://mmassets.onedl.ai/mmclassification/v0/'
            'swin-transformer/convert/'
            'swin_base_patch4_window7_224-4670dd19.pth')),
    head=dict(in_channels=1024))
