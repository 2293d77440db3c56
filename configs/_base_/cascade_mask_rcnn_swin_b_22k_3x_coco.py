"""Cascade Mask R-CNN with a frozen Swin-B of ImageNet-22k, for 36 epochs.

What papers on methods inside blocks compare on COCO: the scales, crops and
schedule of mmdet's own Swin configs.
"""
_base_ = [
    'mmdet::cascade_rcnn/cascade-mask-rcnn_r50_fpn_1x_coco.py',
    './protune_swin.py'
]

custom_imports = dict(imports=['protune_mm'], allow_failed_imports=False)
model = dict(
    backbone=dict(_delete_=True, **_base_.protune_swin_b),
    neck=dict(in_channels=[128, 256, 512, 1024]))
model['backbone']['init_cfg'] = dict(
    type='Pretrained',
    checkpoint='https://github.com/SwinTransformer/storage/releases/download/'
    'v1.0.0/swin_base_patch4_window7_224_22k.pth')

_scales = [(side, 1333) for side in range(480, 801, 32)]
_resize = dict(type='RandomChoiceResize', scales=_scales, keep_ratio=True)
_crop = [
    dict(
        type='RandomChoiceResize',
        scales=[(400, 1333), (500, 1333), (600, 1333)],
        keep_ratio=True),
    dict(
        type='RandomCrop',
        crop_type='absolute_range',
        crop_size=(384, 600),
        allow_negative_crop=True)
]
train_dataloader = dict(
    dataset=dict(pipeline=[
        dict(type='LoadImageFromFile'),
        dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
        dict(type='RandomFlip', prob=0.5),
        dict(type='RandomChoice', transforms=[[_resize], [*_crop, _resize]]),
        dict(type='PackDetInputs')
    ]))
del _scales, _resize, _crop

max_epochs = 36
train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(_delete_=True, **_base_.protune_swin_optim_wrapper)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, end=1000),
    dict(type='MultiStepLR', end=max_epochs, milestones=[27, 33], gamma=0.1)
]
