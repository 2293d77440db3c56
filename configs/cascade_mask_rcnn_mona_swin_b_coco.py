"""Cascade Mask R-CNN, Swin-B of ImageNet-22k with Mona, 36 epochs."""
_base_ = [
    './_base_/cascade_mask_rcnn_swin_b_22k_3x_coco.py',
    './_base_/methods/mona.py'
]

model = dict(backbone=dict(**_base_.method))
