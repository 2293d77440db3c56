"""Cascade Mask R-CNN, ResNet-50 pro-tuned (paper, Table 6)."""
_base_ = ['mmdet::cascade_rcnn/cascade-mask-rcnn_r50_fpn_1x_coco.py']

custom_imports = dict(imports=['protune_mm'], allow_failed_imports=False)
model = dict(backbone=dict(type='ProTuneResNet'))
