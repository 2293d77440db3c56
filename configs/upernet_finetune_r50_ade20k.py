"""UPerNet, ResNet-50, fine-tuned (paper, Table 7)."""
_base_ = ['./upernet_protune_r50_ade20k.py']

model = dict(backbone=dict(tuning='finetune'))
