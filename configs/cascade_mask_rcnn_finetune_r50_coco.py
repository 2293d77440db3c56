"""Cascade Mask R-CNN, ResNet-50, fine-tuned (paper, Table 6)."""
_base_ = ['./cascade_mask_rcnn_protune_r50_coco.py']

model = dict(backbone=dict(tuning='finetune'))
