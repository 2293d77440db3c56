"""The demo's slim ResNet-18, pro-tuned; trained on RGB letters of 64 px."""
_base_ = ['./resnet50.py']
families = ['slim']
model = dict(
    backbone=dict(
        depth=18,
        stem_channels=16,
        base_channels=16,
        init_cfg=dict(
            _delete_=True,
            type='Pretrained',
            checkpoint='{{ fileDirname }}/../../demo/'
            'resnet18_slim_letters.pth')),
    head=dict(in_channels=128))
