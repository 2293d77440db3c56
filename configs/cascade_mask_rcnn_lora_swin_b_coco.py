"""Cascade Mask R-CNN, Swin-B of ImageNet-22k with LoRA, 36 epochs."""
_base_ = ['./_base_/cascade_mask_rcnn_swin_b_22k_3x_coco.py']

# Of a rank whose count is the published one, 3.03 M.
model = dict(
    backbone=dict(tuning='protune', methods=[dict(type='LoRA', rank=42)]))
