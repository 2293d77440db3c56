"""HTC with semantics, ResNet-50, head retraining (paper, Table 6)."""
_base_ = ['./htc_protune_r50_coco.py']

model = dict(backbone=dict(tuning='head'))
