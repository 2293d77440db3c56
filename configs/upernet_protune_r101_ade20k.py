"""UPerNet, ResNet-101 pro-tuned."""
_base_ = ['./upernet_protune_r50_ade20k.py']

model = dict(
    backbone=dict(
        depth=101, init_cfg=dict(checkpoint='open-mmlab://resnet101_v1c')))
