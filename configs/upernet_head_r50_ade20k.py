"""UPerNet, ResNet-50, head retraining (paper, Table 7)."""
_base_ = ['./upernet_protune_r50_ade20k.py']

model = dict(backbone=dict(tuning='head'))
