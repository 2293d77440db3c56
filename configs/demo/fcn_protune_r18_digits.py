"""FCN on digits in scenes: a dilated backbone and one convolutional head.

    python tools/make_digit_scenes.py data/digits_ade20k --layout ade20k
    python tools/train.py configs/demo/fcn_protune_r18_digits.py
"""
_base_ = ['./upernet_protune_r18_digits.py']

model = dict(
    backbone=dict(dilations=(1, 1, 2, 4), strides=(1, 2, 1, 1)),
    decode_head=dict(
        _delete_=True,
        type='FCNHead',
        in_channels=128,
        in_index=3,
        channels=64,
        num_convs=2,
        concat_input=True,
        dropout_ratio=0.1,
        num_classes=12,
        norm_cfg=dict(type='SyncBN', requires_grad=True),
        align_corners=False,
        loss_decode=dict(
            type='CrossEntropyLoss', class_weight=_base_.class_weight)))
