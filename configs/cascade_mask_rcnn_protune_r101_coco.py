"""Cascade Mask R-CNN, ResNet-101 pro-tuned."""
_base_ = ['./cascade_mask_rcnn_protune_r50_coco.py']

model = dict(
    backbone=dict(
        depth=101, init_cfg=dict(checkpoint='torchvision://resnet101')))
