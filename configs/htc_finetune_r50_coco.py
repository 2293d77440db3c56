"""HTC with its semantic branch, ResNet-50, fine-tuned (paper, Table 6)."""
_base_ = ['./htc_protune_r50_coco.py']

model = dict(backbone=dict(tuning='finetune'))
