"""Cascade Mask R-CNN, Swin-B pro-tuned."""
_base_ = [
    'mmdet::cascade_rcnn/cascade-mask-rcnn_r50_fpn_1x_coco.py',
    './_base_/protune_swin.py'
]

custom_imports = dict(imports=['protune_mm'], allow_failed_imports=False)
model = dict(
    backbone=dict(_delete_=True, **_base_.protune_swin_b),
    neck=dict(in_channels=[128, 256, 512, 1024]))
optim_wrapper = dict(_delete_=True, **_base_.protune_swin_optim_wrapper)
param_scheduler = _base_.protune_swin_param_scheduler
