"""Mask R-CNN, ViT-B of MAE pro-tuned, with a simple feature pyramid."""
_base_ = [
    'mmdet::mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py', './_base_/dense_vit.py'
]

custom_imports = dict(imports=['protune_mm'], allow_failed_imports=False)
model = dict(
    backbone=dict(_delete_=True, **_base_.mae_vit_b),
    neck=dict(_delete_=True, type='SimpleFeaturePyramid', in_channels=768))
optim_wrapper = dict(_delete_=True, **_base_.dense_vit_optim_wrapper)
param_scheduler = _base_.dense_vit_param_scheduler
